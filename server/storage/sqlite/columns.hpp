// Bytes and integers to and from SQLite's columns, with the casts in one place.
#pragma once

#include <SQLiteCpp/Statement.h>
#include <google/protobuf/message_lite.h>

#include <cstring>
#include <string>

#include "engine/base/result.hpp"
#include "engine/base/sha256.hpp"

namespace talkback::storage {

inline void bind_blob(SQLite::Statement& statement, int index, const std::string& bytes) {
  statement.bind(index, bytes.data(), static_cast<int>(bytes.size()));
}

inline void bind_blob(SQLite::Statement& statement, int index, const Sha256Digest& digest) {
  statement.bind(index, digest.data(), static_cast<int>(digest.size()));
}

inline void bind_number(SQLite::Statement& statement, int index, std::uint64_t value) {
  statement.bind(index, static_cast<std::int64_t>(value));
}

inline std::string blob_at(SQLite::Statement& statement, int index) {
  const SQLite::Column column = statement.getColumn(index);
  return std::string(static_cast<const char*>(column.getBlob()), static_cast<std::size_t>(column.getBytes()));
}

inline std::string text_at(SQLite::Statement& statement, int index) { return statement.getColumn(index).getString(); }

inline std::int64_t number_at(SQLite::Statement& statement, int index) { return statement.getColumn(index).getInt64(); }

inline std::uint64_t revision_at(SQLite::Statement& statement, int index) {
  return static_cast<std::uint64_t>(number_at(statement, index));
}

inline Result<Sha256Digest> digest_at(SQLite::Statement& statement, int index) {
  const std::string bytes = blob_at(statement, index);
  Sha256Digest digest{};
  if (bytes.size() != digest.size()) return Error{ErrorCode::corrupt, "a stored digest is damaged"};
  std::memcpy(digest.data(), bytes.data(), digest.size());
  return digest;
}

inline Result<void> parse_at(SQLite::Statement& statement, int index, google::protobuf::MessageLite& message) {
  const SQLite::Column column = statement.getColumn(index);
  if (!message.ParseFromArray(column.getBlob(), column.getBytes()))
    return Error{ErrorCode::corrupt, "a stored message is damaged"};
  return {};
}

}  // namespace talkback::storage
