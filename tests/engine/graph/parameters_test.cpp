// The table of an effect's parameters and the session's rules say the same.
#include "engine/graph/parameters.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "engine/effects/processor.hpp"

namespace talkback::graph {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

// Fields that are no parameter of the processor: graph/ reads them when it builds one.
const std::set<std::string> kReadByGraph = {"delay.sync_quarters",  "chorus.sync_quarters",  "flanger.sync_quarters",
                                            "phaser.sync_quarters", "tremolo.sync_quarters", "convolution.blob_sha256"};
// The processor's range is wider than the session's: a synced time reaches further than one that is set.
const std::set<std::string> kWider = {"delay.time_ms"};

void compare(const FieldDescriptor& field, const effects::ParameterInfo& info, const std::string& path) {
  const v1::FieldRule& rule = field.options().GetExtension(v1::rule);
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
    EXPECT_EQ(info.max, field.enum_type()->value_count() - 1) << path;
    return;
  }
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_BOOL) {
    EXPECT_EQ(info.min, 0.0) << path;
    EXPECT_EQ(info.max, 1.0) << path;
    EXPECT_EQ(info.default_value, 0.0) << path;
    return;
  }
  EXPECT_EQ(info.min, rule.min()) << path;
  if (!kWider.contains(path)) {
    EXPECT_EQ(info.max, rule.max()) << path;
  }
  EXPECT_DOUBLE_EQ(info.default_value, rule.default_value()) << path;
  EXPECT_EQ(rule.has_default_value(), field.has_presence()) << path;
  EXPECT_EQ(info.unit, rule.unit()) << path;
  EXPECT_EQ(info.taper == effects::Taper::logarithmic, rule.logarithmic()) << path;
}

void compare(const Descriptor& message, std::string_view effect, const std::string& prefix, std::set<std::string>& seen,
             std::span<const effects::ParameterInfo> table) {
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    const std::string name = prefix + field.name();
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      compare(*field.message_type(), effect, name + ".", seen, table);
      continue;
    }
    const std::string path = std::string(effect) + "." + name;
    if (kReadByGraph.contains(path)) continue;
    const int index = effects::parameter_index(table, name);
    EXPECT_GE(index, 0) << path << " is in the session and not in the processor";
    if (index >= 0) compare(field, table[static_cast<std::size_t>(index)], path);
    seen.insert(name);
  }
}

TEST(ParametersTest, TablesAgreeWithTheSession) {
  const auto* effects = v1::Insert::descriptor()->FindOneofByName("effect");
  for (int i = 0; i < effects->field_count(); ++i) {
    const FieldDescriptor& field = *effects->field(i);
    const auto processor = effects::make_effect(field.name());
    ASSERT_NE(processor, nullptr) << field.name();
    std::set<std::string> seen;
    compare(*field.message_type(), field.name(), "", seen, processor->parameters());
    EXPECT_EQ(seen.size(), processor->parameters().size()) << field.name() << " has parameters outside the session";
  }
}

}  // namespace
}  // namespace talkback::graph
