// Whole files that earlier renders of a project made: where nothing changed, the file is copied and nothing computed.
//
// A file is named by the key of everything that decides about its bytes. What is damaged is as if it were not there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/graph/content_key.hpp"
#include "engine/render/render.hpp"

namespace talkback::render {

// What tells a kept file from a damaged one, of all of its bytes in order.
class ArtifactCheck {
 public:
  ArtifactCheck();
  ~ArtifactCheck();
  ArtifactCheck(ArtifactCheck&&) noexcept;
  ArtifactCheck& operator=(ArtifactCheck&&) noexcept;

  void update(std::span<const std::byte> bytes);
  std::uint64_t value() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

class ArtifactCache {
 public:
  explicit ArtifactCache(std::filesystem::path folder) : folder_(std::move(folder)) {}

  struct Kept {
    RenderedFile file;
    std::vector<std::string> warnings;
    // ArtifactCheck's value of the file; where nobody took it yet, keep() reads the file.
    std::optional<std::uint64_t> check;
  };

  // Copies the file to its name below the output folder.
  std::optional<Kept> copy_to(const std::filesystem::path& output_folder, const graph::ContentKey& key) const;

  // Keeps the file (a second name for it where the file system can, else a copy), and the newest few of them, within
  // bytes_max together.
  void keep(const graph::ContentKey& key, const Kept& kept, std::int64_t bytes_max) const;

  // Forgets so many of the oldest that one more may be kept. Whoever calls it while rendering has not to wait for it.
  void make_room(std::int64_t bytes_max) const { forget_oldest(1, bytes_max); }

  // Of the files that are kept.
  std::int64_t size_bytes() const;

 private:
  // Until there are fewer than may be kept by so many.
  void forget_oldest(std::size_t spare, std::int64_t bytes_max) const;

  std::filesystem::path folder_;
};

}  // namespace talkback::render
