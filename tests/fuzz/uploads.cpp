// Uploads as a stranger may send them: in pieces that begin anywhere, growing, whole, cut off, with other hashes and
// sizes than they say, while blobs are collected. What was told as complete must be there; nothing else may be.
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <map>

#include "engine/base/check.hpp"
#include "server/net/sized_body.hpp"
#include "tests/fuzz/chunks.hpp"
#include "tests/support/fake_outside.hpp"
#include "tests/support/open_stores.hpp"
#include "tests/support/temporary_folder.hpp"

namespace talkback::fuzz {
namespace {

namespace fs = std::filesystem;
using domain::UploadStatus;
using domain::UploadWriter;

enum class What { begin, piece, open, end, whole, from_socket, look, collect };

// One for all inputs: to open a database takes longer than to play one.
struct World {
  TemporaryFolder folder;
  test::FakeClock clock;
  test::SeededRandom random;
  const std::unique_ptr<storage::Stores> stores = test::open_stores(folder.path(), clock, random);
  domain::Projects projects{stores->projects, clock, random};
  domain::User anna = stores->people.add_user("anna", "hash", false, 1).value();
};

World& world() {
  static World kWorld;
  return kWorld;
}

std::span<const std::byte> as_bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

class Uploads {
 public:
  Uploads() : project_(world().projects.create(world().anna, "Song", 0).value().id) {}
  ~Uploads() {
    TALKBACK_CHECK(world().stores->projects.remove(project_).has_value());
    TALKBACK_CHECK(blobs().collect({}).has_value());
    TALKBACK_CHECK(blobs().discard_stale_uploads().has_value());
    TALKBACK_CHECK(fs::is_empty(world().folder / "uploads"));
  }
  Uploads(const Uploads&) = delete;
  Uploads& operator=(const Uploads&) = delete;

  void take(const Chunk& chunk) {
    const unsigned more = chunk.what >> 3U;
    const std::string& bytes = chunk.bytes;
    switch (static_cast<What>(chunk.what & 7U)) {
      case What::begin:
        note(blobs().begin_upload(project_, anna(), sha256(std::string_view(bytes)), size_of(bytes, more)));
        break;
      case What::open:
        note(blobs().open_upload(project_, anna()));
        break;
      case What::piece:
        piece(bytes, more);
        break;
      case What::end:
        end(bytes, more);
        break;
      case What::whole:
        whole(bytes, more);
        break;
      case What::from_socket:
        from_socket(bytes, more);
        break;
      case What::look:
        note(blobs().find_upload(project_, anna(), more % 2 == 0 ? upload_ : bytes));
        break;
      case What::collect:
        TALKBACK_CHECK(blobs().collect({.grace_ms = static_cast<std::int64_t>(more)}).has_value());
    }
  }

  void check() {
    for (const auto& [name, bytes] : complete_) {
      const auto reader = blobs().read(project_, name);
      TALKBACK_CHECK(reader.has_value());
      std::string found(static_cast<std::size_t>((*reader)->size_bytes()), '\0');
      const auto got = (*reader)->read(0, std::as_writable_bytes(std::span(found)));
      TALKBACK_CHECK(got.has_value() && *got == found.size() && found == bytes);
    }
    TALKBACK_CHECK(blobs().list(project_).value().size() == complete_.size());
  }

 private:
  static storage::FolderBlobStore& blobs() { return *world().stores->blobs; }
  static domain::UserId anna() { return world().anna.id; }
  // As it is, or not.
  static std::int64_t size_of(std::string_view bytes, unsigned more) {
    return more % 4 == 3 ? static_cast<std::int64_t>(more) * 7 - 50 : std::ssize(bytes);
  }

  void note(const Result<UploadStatus>& status) {
    if (!status || status->upload_id.empty()) return;
    TALKBACK_CHECK(status->offset_bytes >= 0 && status->offset_bytes <= status->size_bytes);
    TALKBACK_CHECK(status->offset_bytes <= std::ssize(sent_[status->upload_id]));
    upload_ = status->upload_id;
    offset_ = status->offset_bytes;
  }

  void told(const Result<UploadStatus>& status, const std::string& bytes) {
    if (status && status->complete) complete_[sha256(std::string_view(bytes))] = bytes;
  }

  void piece(const std::string& bytes, unsigned more) {
    const std::int64_t offset = more % 4 == 3 ? static_cast<std::int64_t>(more) : offset_;
    auto writer = blobs().continue_upload(project_, anna(), upload_, offset);
    if (!writer) return;
    std::string& sent = sent_[upload_];
    TALKBACK_CHECK(offset <= std::ssize(sent));
    sent.resize(static_cast<std::size_t>(offset));
    const std::size_t half = bytes.size() / 2;
    for (const std::string& part : {bytes.substr(0, half), bytes.substr(half)}) {
      if (!(*writer)->write(as_bytes(part))) break;
      sent += part;
    }
    if (more % 8 == 7) return;  // as if the server had stopped
    const auto status = (*writer)->finish();
    note(status);
    told(status, sent);
  }

  void end(const std::string& head, unsigned more) {
    std::string bytes = sent_[upload_];
    bytes.resize(static_cast<std::size_t>(offset_));
    if (head.size() <= bytes.size()) bytes.replace(0, head.size(), head);
    const domain::BlobStore::UploadEnd end{.sha256 = sha256(std::string_view(more % 8 == 5 ? head : bytes)),
                                           .size_bytes = size_of(bytes, more),
                                           .head = head};
    told(blobs().end_upload(project_, anna(), upload_, end), bytes);
  }

  void whole(const std::string& bytes, unsigned more) {
    const Sha256Digest name = sha256(std::string_view(more % 8 == 5 ? "another" : bytes));
    const bool was_held = complete_.contains(name);
    auto writer = blobs().receive_whole(project_, anna(), name, size_of(bytes, more));
    if (!writer) return;
    const std::string part = more % 2 == 0 ? bytes : bytes.substr(0, bytes.size() / 2);
    const auto written = (*writer)->write(as_bytes(part));
    if (more % 8 == 7) return;
    const auto status = (*writer)->finish();
    TALKBACK_CHECK(was_held || !status || !status->complete || (written && sha256(std::string_view(part)) == name));
    if (!was_held) told(status, part);
    if (status && !status->complete && !status->upload_id.empty() && !sent_.contains(status->upload_id))
      sent_[status->upload_id] = part;
    note(status);
  }

  // What follows the body stays for the next request.
  void from_socket(const std::string& bytes, unsigned more) {
    const std::string body = bytes.substr(0, bytes.size() - bytes.size() / (2 + more));
    int ends[2];
    TALKBACK_CHECK(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    TALKBACK_CHECK(::write(ends[0], bytes.data(), bytes.size()) == std::ssize(bytes));
    if (more % 4 == 1) ::shutdown(ends[0], SHUT_WR);
    const std::int64_t announced = more % 4 == 3 ? std::ssize(bytes) + 1 : std::ssize(body);
    auto writer = blobs().receive_whole(project_, anna(), sha256(std::string_view(body)), announced);
    TALKBACK_CHECK(writer.has_value());
    {
      net::SizedBody sized(ends[1], announced);
      const auto state = sized.take(**writer);
      TALKBACK_CHECK(state.has_value());
      TALKBACK_CHECK((*state == net::SizedBody::State::whole) == (announced <= std::ssize(bytes)));
      sized.wait_for_pieces();
    }
    if (announced == std::ssize(body)) told((*writer)->finish(), body);
    std::string rest(bytes.size() + 1, '\0');
    const ssize_t got = ::recv(ends[1], rest.data(), rest.size(), MSG_DONTWAIT);
    const std::int64_t left = std::max<std::int64_t>(0, std::ssize(bytes) - announced);
    TALKBACK_CHECK(left > 0 ? got == left : got <= 0);
    ::close(ends[0]);
    ::close(ends[1]);
  }

  domain::ProjectId project_;
  std::string upload_;
  std::int64_t offset_ = 0;
  std::map<std::string, std::string> sent_;
  std::map<Sha256Digest, std::string> complete_;
};

}  // namespace

const google::protobuf::Message* message_of_chunk(std::uint8_t) { return nullptr; }

}  // namespace talkback::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  talkback::fuzz::Uploads uploads;
  for (const talkback::fuzz::Chunk& chunk : talkback::fuzz::chunks_of(data, size)) uploads.take(chunk);
  uploads.check();
  return 0;
}
