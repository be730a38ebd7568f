// What tells a rendered file from others, taken while it is written.
#pragma once

#include <cstdint>

#include "engine/base/sha256.hpp"
#include "engine/media/audio_writer.hpp"
#include "engine/render/artifact_cache.hpp"

namespace talkback::render {

class FileDigest final : public media::FileListener {
 public:
  void begin() override {
    sha256_ = Sha256();
    check_ = ArtifactCheck();
  }

  void add(std::span<const std::byte> bytes) override {
    sha256_.update(bytes);
    check_.update(bytes);
  }

  // Once, of the finished file.
  Sha256Digest sha256() { return sha256_.finish(); }
  std::uint64_t check() const { return check_.value(); }

 private:
  Sha256 sha256_;
  ArtifactCheck check_;
};

}  // namespace talkback::render
