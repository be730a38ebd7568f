// What a processor remembers, as bytes: one function lists the fields, for saving and for loading alike.
//
//   void archive(StateArchive& state) { state(envelope_, gain_); line_.archive(state, frames_); }
//
// Saving reads the fields and appends their bytes; loading takes bytes that an equally built object saved, in the same
// order. After loading, both objects go on alike, bit for bit. Equal pasts are to give equal bytes: rings are written
// from their oldest value on, wherever they stand. The bytes are for this machine (its byte order) only.
//
// Settling rounds what is given to settled() to 37 significant bits (below -220 dB of itself) and touches nothing else.
// Done at fixed places of a song, it makes filters that once heard different sounds forget them to the last bit: two
// recursions in double precision come near each other and then stay a few units apart for ever.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>
#include <vector>

namespace talkback::dsp {

class StateArchive {
 public:
  static constexpr int kSettledBits = 37;

  // The vector outlives the archive.
  static StateArchive saving(std::vector<std::byte>& bytes) noexcept { return StateArchive(&bytes, {}); }
  static StateArchive settling() noexcept {
    StateArchive archive(nullptr, {});
    archive.settles_ = true;
    return archive;
  }
  static StateArchive loading(std::span<const std::byte> bytes) noexcept { return StateArchive(nullptr, bytes); }

  bool is_loading() const noexcept { return saved_ == nullptr && !settles_; }
  bool is_settling() const noexcept { return settles_; }

  // Loading: every byte was taken and none was missing. False: the object is in no defined state and is to be reset.
  bool is_complete() const noexcept { return !is_short_ && loaded_.empty(); }

  // Numbers, enumerations, arrays and vectors of what the archive takes (a vector's size is not stored: it must be the
  // same), and whatever has an archive(StateArchive&) of its own.
  template <class... Values>
  void operator()(Values&... values) {
    (value(values), ...);
  }

  // The same for the memory of a recursion.
  template <std::size_t count>
  void settled(std::array<double, count>& values) {
    if (settles_) {
      for (double& item : values) item = rounded(item);
    }
    (*this)(values);
  }

  // To the nearest with so many significant bits, 2 to 53.
  static double rounded(double value, int bits = kSettledBits) noexcept {
    const std::uint64_t dropped = (std::uint64_t{1} << (53 - bits)) - 1;
    const auto all = std::bit_cast<std::uint64_t>(value);
    return std::bit_cast<double>((all + (dropped + 1) / 2) & ~dropped);
  }

  // Bytes without a type of their own. Never inlined: GCC 12 sees writes behind the end that are none where it is.
  [[gnu::noinline]] void raw(void* data, std::size_t size) {
    // An empty vector has no place.
    if (settles_ || size == 0) return;
    if (!is_loading()) {
      const auto* source = static_cast<const std::byte*>(data);
      saved_->insert(saved_->end(), source, source + size);
      return;
    }
    if (loaded_.size() < size) {
      is_short_ = true;
      // Empty, but not null: what has no bytes is still copied.
      loaded_ = loaded_.last(0);
      return;
    }
    std::memcpy(data, loaded_.data(), size);
    loaded_ = loaded_.subspan(size);
  }

 private:
  StateArchive(std::vector<std::byte>* saved, std::span<const std::byte> loaded) noexcept
      : saved_(saved), loaded_(loaded) {}

  template <class Value>
  void value(Value& item) {
    if constexpr (std::is_arithmetic_v<Value> || std::is_enum_v<Value>) {
      raw(&item, sizeof item);
    } else {
      item.archive(*this);
    }
  }
  template <class Value, std::size_t count>
  void value(std::array<Value, count>& items) {
    values(std::span<Value>(items));
  }
  template <class Value>
  void value(std::vector<Value>& items) {
    values(std::span<Value>(items));
  }
  template <class Value>
  void values(std::span<Value> items) {
    if constexpr (std::is_arithmetic_v<Value>) {
      raw(items.data(), items.size_bytes());
    } else {
      for (Value& item : items) value(item);
    }
  }

  std::vector<std::byte>* saved_;
  std::span<const std::byte> loaded_;
  bool is_short_ = false;
  bool settles_ = false;
};

}  // namespace talkback::dsp
