// What a render took, in words.
#pragma once

#include <vector>

#include "engine/render/render.hpp"
#include "engine/render/segment_plan.hpp"

namespace talkback::render {

// Counts segments; with the steps of which something was computed where `explains`.
void count_effort(const graph::Graph& graph, const std::vector<EntryUse>& uses, bool explains, RenderEffort& effort);

}  // namespace talkback::render
