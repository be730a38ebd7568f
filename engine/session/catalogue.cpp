#include "engine/session/catalogue.hpp"

#include "engine/session/model.hpp"
#include "talkback/v1/session.pb.h"

namespace talkback::session {

namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

ParameterDescription describe(const FieldDescriptor& field, std::string name) {
  const v1::FieldRule& rule = rule_of(field);
  ParameterDescription result{.name = std::move(name), .unit = rule.unit(), .choices = {}};
  result.min = rule.min();
  result.max = rule.max();
  result.default_value = rule.default_value();
  result.is_automatable = rule.automatable();
  result.is_logarithmic = rule.logarithmic();
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_BOOL) result.choices = {"off", "on"};
  if (field.enum_type() != nullptr) {
    // Number 0 is what a field means that nobody has set.
    for (int i = 1; i < field.enum_type()->value_count(); ++i)
      result.choices.push_back(enum_text(*field.enum_type()->value(i)));
  }
  result.is_number = field.cpp_type() != FieldDescriptor::CPPTYPE_BOOL && field.enum_type() == nullptr &&
                     field.cpp_type() != FieldDescriptor::CPPTYPE_STRING;
  return result;
}

void collect(const Descriptor& message, const std::string& prefix, std::vector<ParameterDescription>& parameters) {
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    const std::string name = prefix + std::string(field.name());
    if (field.is_repeated()) continue;
    if (field.message_type() != nullptr) {
      collect(*field.message_type(), name + ".", parameters);
    } else {
      parameters.push_back(describe(field, name));
    }
  }
}

std::vector<ProcessorDescription> choices_of(const Descriptor& body, const char* choice) {
  std::vector<ProcessorDescription> result;
  const auto* oneof = body.FindOneofByName(choice);
  for (int i = 0; i < oneof->field_count(); ++i) {
    ProcessorDescription& processor = result.emplace_back();
    processor.name = oneof->field(i)->name();
    collect(*oneof->field(i)->message_type(), "", processor.parameters);
  }
  return result;
}

}  // namespace

std::vector<ProcessorDescription> effects() { return choices_of(*v1::Insert::descriptor(), "effect"); }

std::vector<ProcessorDescription> instruments() { return choices_of(*v1::Instrument::descriptor(), "instrument"); }

}  // namespace talkback::session
