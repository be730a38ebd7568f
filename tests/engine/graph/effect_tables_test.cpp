// What the session says about the parameters of effects and instruments is what these say themselves.
#include <gtest/gtest.h>

#include <set>

#include "engine/effects/processor.hpp"
#include "engine/instruments/instrument.hpp"
#include "talkback/v1/session.pb.h"

namespace talkback::graph {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

void expect_same(const dsp::ParameterInfo& parameter, const FieldDescriptor& field) {
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
  EXPECT_EQ(parameter.taper == dsp::Taper::logarithmic, rule.logarithmic()) << field.full_name();
}

// handled: fields that the graph makes something of.
int expect_same_fields(std::span<const dsp::ParameterInfo> table, const Descriptor& message, const std::string& prefix,
                       const std::set<std::string>& handled) {
  int found = 0;
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    const std::string path = prefix + std::string(field.name());
    if (field.message_type() != nullptr) {
      found += expect_same_fields(table, *field.message_type(), path + ".", handled);
      continue;
    }
    const int index = dsp::parameter_index(table, path);
    if (index < 0 && handled.contains(path)) continue;
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
    EXPECT_EQ(expect_same_fields(effect->parameters(), *field.message_type(), "", {"sync_quarters", "blob_sha256"}),
              static_cast<int>(effect->parameters().size()))
        << field.name();
  }
}

// Every parameter that a lane may move glides or is crossed over to; what jumps no lane may move.
int expect_movable(std::span<const dsp::ParameterInfo> table, const Descriptor& message, const std::string& prefix) {
  int movable = 0;
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    const std::string path = prefix + std::string(field.name());
    if (field.message_type() != nullptr) {
      movable += expect_movable(table, *field.message_type(), path + ".");
      continue;
    }
    const int index = dsp::parameter_index(table, path);
    const bool is_automatable = field.options().GetExtension(v1::rule).automatable();
    EXPECT_FALSE(is_automatable && index < 0) << field.full_name();
    if (index < 0) continue;
    const dsp::Motion motion = table[static_cast<std::size_t>(index)].motion;
    EXPECT_FALSE(is_automatable && motion == dsp::Motion::jumps) << field.full_name();
    // Between two of an enumeration's numbers lies a third that nobody asked for.
    EXPECT_FALSE(field.enum_type() != nullptr && motion == dsp::Motion::glides) << field.full_name();
    movable += is_automatable ? 1 : 0;
  }
  return movable;
}

TEST(EffectTablesTest, WhatALaneMayMoveDoesNotJump) {
  const auto* effects = v1::Insert::descriptor()->FindOneofByName("effect");
  for (int i = 0; i < effects->field_count(); ++i) {
    const FieldDescriptor& field = *effects->field(i);
    EXPECT_GT(expect_movable(effects::make_effect(field.name())->parameters(), *field.message_type(), ""), 0)
        << field.name();
  }
}

TEST(EffectTablesTest, SessionAndInstrumentAgreeOnEveryParameter) {
  const auto* choices = v1::Instrument::descriptor()->FindOneofByName("instrument");
  for (int i = 0; i < choices->field_count(); ++i) {
    const FieldDescriptor& field = *choices->field(i);
    if (field.name() == "soundfont") continue;
    const auto instrument = instruments::make_instrument(field.name());
    ASSERT_NE(instrument, nullptr) << field.name();
    EXPECT_EQ(expect_same_fields(instrument->parameters(), *field.message_type(), "",
                                 {"gain_db", "transpose_st", "clicks_per_beat"}),
              static_cast<int>(instrument->parameters().size()))
        << field.name();
  }
  EXPECT_EQ(static_cast<int>(instruments::instrument_names().size()), choices->field_count() - 1);
}

}  // namespace
}  // namespace talkback::graph
