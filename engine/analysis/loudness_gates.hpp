// What loudness meters show, of a series of powers a tenth of a second long (weighted_power.hpp), oldest first.
//
// Blocks and gates after ITU-R BS.1770-4, Annex 1, and EBU Tech 3341; the range after EBU Tech 3342.
#pragma once

#include <optional>
#include <span>

namespace talkback::analysis {

// Of the newest 400 ms and 3 s; before the beginning was silence. nullopt below -120 LUFS.
std::optional<double> momentary_lufs(std::span<const double> steps) noexcept;
std::optional<double> short_term_lufs(std::span<const double> steps) noexcept;

// Over blocks of 400 ms that begin every 100 ms. nullopt until one passes the absolute gate of -70 LUFS.
std::optional<double> integrated_lufs(std::span<const double> steps) noexcept;

// From the 10th to the 95th percentile of windows of 3 s that begin every second, the overlap that Tech 3342 asks for
// at least. nullopt where integrated_lufs() is; 0 until a window passes the gate. Allocates.
std::optional<double> range_lu(std::span<const double> steps);

}  // namespace talkback::analysis
