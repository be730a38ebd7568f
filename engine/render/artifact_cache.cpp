#include "engine/render/artifact_cache.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <xxhash.h>

#include <algorithm>
#include <fstream>
#include <string>

#include "talkback/v1/render.pb.h"

namespace talkback::render {

namespace {

namespace fs = std::filesystem;

// Enough for a mix and a master before and after an edit.
constexpr std::size_t kFilesMax = 4;
constexpr std::string_view kSound = ".artifact";
constexpr std::string_view kFacts = ".facts";

// 0 where the file cannot be read.
std::uint64_t check_of(const fs::path& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  ArtifactCheck check;
  std::vector<std::byte> buffer(1 << 20);
  ssize_t got = 0;
  while ((got = ::read(file, buffer.data(), buffer.size())) > 0)
    check.update(std::span(buffer).first(static_cast<std::size_t>(got)));
  ::close(file);
  return got < 0 ? 0 : check.value();
}

fs::path place_of(const fs::path& folder, const graph::ContentKey& key, std::string_view extension) {
  return folder / (to_hex(key) + std::string(extension));
}

std::vector<fs::directory_entry> kept_files(const fs::path& folder) {
  std::vector<fs::directory_entry> files;
  std::error_code code;
  for (const auto& file : fs::directory_iterator(folder, code)) {
    if (file.path().extension() == kSound) files.push_back(file);
  }
  return files;
}

void forget(const fs::path& sound) {
  std::error_code ignored;
  fs::remove(sound, ignored);
  fs::remove(fs::path(sound).replace_extension(kFacts), ignored);
}

v1::KeptArtifact facts_of(const ArtifactCache::Kept& kept) {
  v1::KeptArtifact facts;
  v1::Artifact& artifact = *facts.mutable_artifact();
  artifact.set_name(kept.file.name);
  artifact.set_blob_sha256(kept.file.sha256);
  artifact.set_size_bytes(kept.file.size_bytes);
  artifact.set_length_frames(kept.file.length.count);
  artifact.set_sample_rate_hz(kept.file.rate.hz);
  const analysis::Loudness& loudness = kept.file.loudness;
  if (loudness.integrated_lufs) artifact.mutable_loudness()->set_integrated_lufs(*loudness.integrated_lufs);
  if (loudness.range_lu) artifact.mutable_loudness()->set_range_lu(*loudness.range_lu);
  if (loudness.true_peak_dbtp) artifact.mutable_loudness()->set_true_peak_dbtp(*loudness.true_peak_dbtp);
  for (const std::string& warning : kept.warnings) facts.add_warnings(warning);
  return facts;
}

ArtifactCache::Kept kept_from(const v1::KeptArtifact& facts, const fs::path& output_folder) {
  const v1::Artifact& artifact = facts.artifact();
  ArtifactCache::Kept kept;
  kept.file.name = artifact.name();
  kept.file.path = output_folder / artifact.name();
  kept.file.sha256 = artifact.blob_sha256();
  kept.file.size_bytes = artifact.size_bytes();
  kept.file.length = Frames{artifact.length_frames()};
  kept.file.rate = SampleRate{artifact.sample_rate_hz()};
  const v1::LoudnessReport& loudness = artifact.loudness();
  if (loudness.has_integrated_lufs()) kept.file.loudness.integrated_lufs = loudness.integrated_lufs();
  if (loudness.has_range_lu()) kept.file.loudness.range_lu = loudness.range_lu();
  if (loudness.has_true_peak_dbtp()) kept.file.loudness.true_peak_dbtp = loudness.true_peak_dbtp();
  kept.warnings.assign(facts.warnings().begin(), facts.warnings().end());
  return kept;
}

}  // namespace

struct ArtifactCheck::State {
  XXH3_state_t* hash = XXH3_createState();

  State() { XXH3_64bits_reset(hash); }
  ~State() { XXH3_freeState(hash); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
};

ArtifactCheck::ArtifactCheck() : state_(std::make_unique<State>()) {}
ArtifactCheck::~ArtifactCheck() = default;
ArtifactCheck::ArtifactCheck(ArtifactCheck&&) noexcept = default;
ArtifactCheck& ArtifactCheck::operator=(ArtifactCheck&&) noexcept = default;

void ArtifactCheck::update(std::span<const std::byte> bytes) {
  XXH3_64bits_update(state_->hash, bytes.data(), bytes.size());
}

std::uint64_t ArtifactCheck::value() const { return XXH3_64bits_digest(state_->hash); }

std::optional<ArtifactCache::Kept> ArtifactCache::copy_to(const fs::path& output_folder,
                                                          const graph::ContentKey& key) const {
  const fs::path sound = place_of(folder_, key, kSound);
  std::ifstream file(place_of(folder_, key, kFacts), std::ios::binary);
  v1::KeptArtifact facts;
  if (!file || !facts.ParseFromIstream(&file) || facts.check() == 0) return std::nullopt;
  Kept kept = kept_from(facts, output_folder);
  std::error_code code;
  // The copy is what is checked: it is what will be used.
  const bool is_copied = fs::copy_file(sound, kept.file.path, fs::copy_options::overwrite_existing, code);
  if (is_copied && check_of(kept.file.path) == facts.check()) {
    fs::last_write_time(sound, fs::file_time_type::clock::now(), code);
    return kept;
  }
  fs::remove(kept.file.path, code);
  forget(sound);
  return std::nullopt;
}

void ArtifactCache::keep(const graph::ContentKey& key, const Kept& kept, std::int64_t bytes_max) const {
  if (kept.file.size_bytes > bytes_max) return;
  const fs::path sound = place_of(folder_, key, kSound);
  std::error_code code;
  fs::remove(sound, code);
  fs::create_hard_link(kept.file.path, sound, code);
  if (code && !fs::copy_file(kept.file.path, sound, code)) return;
  v1::KeptArtifact facts = facts_of(kept);
  facts.set_check(kept.check.value_or(0) != 0 ? *kept.check : check_of(sound));
  std::ofstream file(place_of(folder_, key, kFacts), std::ios::binary | std::ios::trunc);
  if (!facts.SerializeToOstream(&file) || !file.flush()) return forget(sound);
  forget_oldest(0, bytes_max);
}

void ArtifactCache::forget_oldest(std::size_t spare, std::int64_t bytes_max) const {
  std::vector<fs::directory_entry> files = kept_files(folder_);
  std::ranges::sort(files, {}, [](const fs::directory_entry& entry) {
    std::error_code ignored;
    return entry.last_write_time(ignored);
  });
  for (std::size_t i = 0; i < files.size() && (files.size() - i + spare > kFilesMax || size_bytes() > bytes_max); ++i)
    forget(files[i].path());
}

std::int64_t ArtifactCache::size_bytes() const {
  std::int64_t bytes = 0;
  std::error_code code;
  for (const fs::directory_entry& file : kept_files(folder_)) bytes += static_cast<std::int64_t>(file.file_size(code));
  return bytes;
}

}  // namespace talkback::render
