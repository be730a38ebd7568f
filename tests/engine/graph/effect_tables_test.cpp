// What the session says about an effect's parameters is what the effect itself says.
#include <gtest/gtest.h>

#include "engine/effects/processor.hpp"
#include "talkback/v1/session.pb.h"

namespace talkback::graph {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

void expect_same(const effects::ParameterInfo& parameter, const FieldDescriptor& field) {
  const v1::FieldRule& rule = field.options().GetExtension(v1::rule);
  double max = rule.max();
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_BOOL) max = 1.0;
  if (field.enum_type() != nullptr) max = field.enum_type()->value_count() - 1;
  EXPECT_EQ(parameter.min, rule.min()) << field.full_name();
  // A delay that follows the tempo may be longer than one that is set.
  if (parameter.name != "time_ms") {
    EXPECT_EQ(parameter.max, max) << field.full_name();
  }
  EXPECT_DOUBLE_EQ(parameter.default_value, rule.default_value()) << field.full_name();
  EXPECT_EQ(parameter.unit, rule.unit()) << field.full_name();
  EXPECT_EQ(parameter.taper == effects::Taper::logarithmic, rule.logarithmic()) << field.full_name();
}

int expect_same_fields(const effects::Processor& effect, const Descriptor& message, const std::string& prefix) {
  int found = 0;
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    const std::string path = prefix + std::string(field.name());
    if (field.message_type() != nullptr) {
      found += expect_same_fields(effect, *field.message_type(), path + ".");
      continue;
    }
    const auto table = effect.parameters();
    const int index = effects::parameter_index(table, path);
    // The graph makes a time of the one, and a sound of the other.
    if (index < 0 && (path == "sync_quarters" || path == "blob_sha256")) continue;
    EXPECT_GE(index, 0) << field.full_name();
    if (index < 0) continue;
    expect_same(table[static_cast<std::size_t>(index)], field);
    ++found;
  }
  return found;
}

TEST(EffectTablesTest, SessionAndEffectAgreeOnEveryParameter) {
  const auto* effects = v1::Insert::descriptor()->FindOneofByName("effect");
  ASSERT_GE(effects->field_count(), 5);
  for (int i = 0; i < effects->field_count(); ++i) {
    const FieldDescriptor& field = *effects->field(i);
    const auto effect = effects::make_effect(field.name());
    ASSERT_NE(effect, nullptr) << field.name();
    EXPECT_EQ(expect_same_fields(*effect, *field.message_type(), ""), static_cast<int>(effect->parameters().size()))
        << field.name();
  }
}

}  // namespace
}  // namespace talkback::graph
