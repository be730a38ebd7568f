#include "server/domain/renders.hpp"

namespace talkback::domain {
namespace {

constexpr int kRenderRateMinHz = 8000;
constexpr int kRenderRateMaxHz = 192000;

}  // namespace

bool is_finished(v1::RenderStatus::State state) noexcept {
  return state == v1::RenderStatus::DONE || state == v1::RenderStatus::FAILED || state == v1::RenderStatus::CANCELLED;
}

bool may_become(v1::RenderStatus::State from, v1::RenderStatus::State to) noexcept {
  switch (from) {
    case v1::RenderStatus::QUEUED:
      return to == v1::RenderStatus::RUNNING || to == v1::RenderStatus::CANCELLED;
    case v1::RenderStatus::RUNNING:
      return to == v1::RenderStatus::QUEUED || is_finished(to);
    default:
      return false;
  }
}

Result<void> check_settings(const v1::RenderSettings& settings) {
  if (!v1::RenderSettings::Kind_IsValid(settings.kind()) || settings.kind() == v1::RenderSettings::KIND_UNSPECIFIED)
    return Error{ErrorCode::invalid, "a render is a MIX, a MASTER or STEMS"};
  if (!v1::RenderSettings::Format_IsValid(settings.format()))
    return Error{ErrorCode::invalid, "this server does not know that file format"};
  const int rate = settings.sample_rate_hz();
  if (rate != 0 && (rate < kRenderRateMinHz || rate > kRenderRateMaxHz))
    return Error{ErrorCode::invalid, "a render's sample rate is 8000 to 192000 Hz, or 0 for the session's"};
  // The ranges of the session's own settings (session.proto).
  if (settings.has_target_lufs() && !(settings.target_lufs() >= -40 && settings.target_lufs() <= -5))
    return Error{ErrorCode::invalid, "a loudness target is -40 to -5 LUFS"};
  if (settings.has_ceiling_dbtp() && !(settings.ceiling_dbtp() >= -12 && settings.ceiling_dbtp() <= 0))
    return Error{ErrorCode::invalid, "a true-peak ceiling is -12 to 0 dBTP"};
  return {};
}

}  // namespace talkback::domain
