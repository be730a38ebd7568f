// Changes as they are typed behind `edit` and `suggest`, read into one edit.
#pragma once

#include <string>
#include <vector>

#include "engine/session/apply.hpp"

namespace talkback::cli {

extern const char* const kChangeExamples;

// Reads them against a copy, so that later ones find what earlier ones made. Without id and base revision.
Result<v1::Edit> edit_from(const session::Session& session, const std::vector<std::string>& changes);

}  // namespace talkback::cli
