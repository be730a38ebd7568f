#include "client/cli/setup_text.hpp"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace talkback::cli {
namespace {

template <class... Values>
std::string format(const char* pattern, Values... values) {
  char text[400];
  std::snprintf(text, sizeof text, pattern, values...);
  return text;
}

const char* verdict_text(recorder::InputVerdict verdict) {
  switch (verdict) {
    case recorder::InputVerdict::silent:
      return "silent";
    case recorder::InputVerdict::faint:
      return "faint";
    case recorder::InputVerdict::good:
      return "good";
    case recorder::InputVerdict::hot:
      return "hot";
    case recorder::InputVerdict::clipping:
      return "clipping";
  }
  return "silent";
}

nlohmann::json json_of(const InputFinding& input) {
  nlohmann::json json{{"number", input.number},
                      {"verdict", verdict_text(input.judgement.verdict)},
                      {"peak_dbfs", input.played.peak_dbfs},
                      {"rms_dbfs", input.played.rms_dbfs},
                      {"noise_floor_dbfs", input.quiet.floor_dbfs},
                      {"offset", input.quiet.offset},
                      {"clipped_frames", input.quiet.clipped_frames + input.played.clipped_frames},
                      {"hum_hz", nullptr},
                      {"advice", input_advice(input)}};
  if (input.judgement.has_hum) {
    json["hum_hz"] = *input.quiet.hum_hz;
    json["hum_dbfs"] = input.quiet.hum_dbfs;
  }
  return json;
}

nlohmann::json json_of(const LoopFinding& loop) {
  return {{"input", loop.input},
          {"round_trip_frames", loop.calibration.round_trip.count},
          {"exact_frames", loop.round_trip.exact_frames},
          {"round_trip_ms", 1e3 * loop.round_trip.exact_frames / loop.key.rate_hz},
          {"reported_frames", loop.calibration.reported.count},
          {"reported_spread_frames", loop.calibration.reported_spread.count},
          {"confidence", loop.round_trip.confidence},
          {"confidence_text", recorder::confidence_text(loop.round_trip.confidence)},
          {"stands_out_db", loop.round_trip.stands_out_db},
          {"spread_frames", loop.round_trip.spread_frames},
          {"inverted", loop.round_trip.is_inverted},
          {"xruns", loop.xruns},
          {"stored", loop.is_stored}};
}

}  // namespace

std::string dbfs_text(double dbfs) { return dbfs <= recorder::kSilenceDbfs ? "silent" : format("%.1f dBFS", dbfs); }

std::string rate_advice(const SetupFindings& findings) {
  if (!findings.project_rate_hz || *findings.project_rate_hz == findings.rate_hz) return "";
  const int wanted = *findings.project_rate_hz;
  std::string text = format(
      "The project runs at %d Hz and the card at %d Hz. Takes keep the card's rate and are converted whenever they "
      "sound. To avoid that, ",
      wanted, findings.rate_hz);
  if (std::ranges::find(findings.rates_hz, wanted) != findings.rates_hz.end())
    return text + format("set the card to %d Hz, which it supports (here: --rate %d).", wanted, wanted);
  if (findings.device.host_api == "JACK") return text + format("start the JACK server with -r %d.", wanted);
  return text + format(
                    "use a card that runs at %d Hz, or change the project before the first take: talkback edit PROJECT "
                    "session.sample_rate_hz=%d",
                    wanted, findings.rate_hz);
}

std::vector<std::string> input_advice(const InputFinding& input) {
  std::vector<std::string> advice;
  const recorder::InputJudgement& judgement = input.judgement;
  switch (judgement.verdict) {
    case recorder::InputVerdict::clipping:
      advice.push_back("It clips: turn the input gain down until the loudest peaks stay under -6 dBFS.");
      break;
    case recorder::InputVerdict::silent:
      advice.push_back(
          input.played.is_digital_silence
              ? "Nothing at all arrives: is this the right input, is it switched on, is it muted in the mixer "
                "(alsamixer)?"
              : "Nothing arrives but the converter's own noise: is the microphone plugged in, does it need 48 V, is it "
                "muted, is this the right input?");
      break;
    case recorder::InputVerdict::faint:
      advice.push_back("It is faint: turn the input gain up until the loudest peaks reach -18 to -6 dBFS.");
      break;
    case recorder::InputVerdict::hot:
      advice.push_back("It is close to clipping: turn the input gain down by some 6 dB.");
      break;
    case recorder::InputVerdict::good:
      break;
  }
  if (judgement.has_hum)
    advice.push_back(
        format("Mains hum of %d Hz at %.1f dBFS: another socket, a balanced cable or more distance from "
               "power supplies helps.",
               *input.quiet.hum_hz, input.quiet.hum_dbfs));
  else if (judgement.is_noisy)
    advice.push_back("The noise floor is high: look for fans, and for a gain that is turned up further than needed.");
  if (judgement.has_offset)
    advice.push_back("The input has a constant offset: fades hide its clicks, a high-pass filter removes it.");
  return advice;
}

std::string loop_text(const LoopFinding& loop) {
  const recorder::RoundTrip& found = loop.round_trip;
  std::string text = format("%lld frames (%.2f ms), %s (%.2f)", static_cast<long long>(found.frames.count),
                            1e3 * found.exact_frames / loop.key.rate_hz, recorder::confidence_text(found.confidence),
                            found.confidence);
  const long long off = (loop.calibration.round_trip - loop.calibration.reported).count;
  const long long reported = loop.calibration.reported.count;
  if (loop.calibration.reported_spread.count > 1)
    return text + format("; the driver's own figure moved between %lld and %lld",
                         reported - loop.calibration.reported_spread.count / 2,
                         reported + (loop.calibration.reported_spread.count + 1) / 2);
  if (off == 0) return text + "; the driver says the same";
  return text + format("; the driver says %lld, which is %lld too %s", reported, off > 0 ? off : -off,
                       off > 0 ? "few" : "many");
}

nlohmann::json json_of(const SetupFindings& findings) {
  nlohmann::json json{{"device", findings.device.name},
                      {"number", findings.device.number},
                      {"host_api", findings.device.host_api},
                      {"rate_hz", findings.rate_hz},
                      {"supported_rates_hz", findings.rates_hz},
                      {"buffer_frames", findings.buffer_frames},
                      {"project_rate_hz", nullptr},
                      {"rate_advice", rate_advice(findings)},
                      {"inputs", nlohmann::json::array()},
                      {"calibration", nullptr}};
  if (findings.project_rate_hz) json["project_rate_hz"] = *findings.project_rate_hz;
  for (const InputFinding& input : findings.inputs) json["inputs"].push_back(json_of(input));
  if (findings.loop) json["calibration"] = json_of(*findings.loop);
  return json;
}

}  // namespace talkback::cli
