// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "checkpoint/checkpoint.h"
#include "checkpoint/policy.h"
#include "crypto/digest.h"
#include "documents/log_entry.h"
#include "documents/log_entry_samples.h"
#include "logbook/log_folder.h"
#include "merkle/edge.h"
#include "sample/take.h"

namespace countersign::logbook::testing {

using checkpoint::KeyType;
using checkpoint::NoteSigner;

inline constexpr std::string_view kOrigin = "seoul-1.example/log";

// Files of a log by their paths.
using Files = std::map<std::string, Bytes>;

inline NoteSigner new_signer(std::string name, KeyType type) {
  return take(
      NoteSigner::create(std::move(name), type, crypto::PrivateKey::generate(crypto::KeyKind::kEd25519)));
}

// Keys of a log and of a witness.
struct TestKeys {
  NoteSigner log = new_signer(std::string(kOrigin), KeyType::kEd25519);
  NoteSigner witness = new_signer("witness.example/w1", KeyType::kCosignature);

  checkpoint::Policy policy(const std::string& quorum = "none") const {
    return take(checkpoint::Policy::parse("log " + log.verifier().text() + "\nwitness w1 " +
                                          witness.verifier().text() + "\nquorum " + quorum + "\n"));
  }
};

// TestLog is a log of confirmations in memory, the beginning of which is the same for the same seed.
class TestLog {
 public:
  explicit TestLog(const TestKeys& keys, std::uint64_t size = 0, const std::string& seed = "") : keys_(keys) {
    append(size, seed);
  }

  void append(const Bytes& entry) {
    const merkle::Hash leaf = merkle::leaf_hash(entry);
    entries_.push_back(entry);
    leaves_.push_back(leaf);
    static_cast<void>(edge_.append(leaf));
  }
  void append(std::uint64_t count, const std::string& seed = "") {
    for (std::uint64_t i = 0; i < count; ++i) {
      const Bytes document = document_of(entries_.size(), seed);
      append(to_bytes(documents::write_log_entry(
          take(documents::entry_of_confirmation(uuid_of(document), nonce_of(document), document)))));
    }
  }

  std::uint64_t size() const { return entries_.size(); }
  const Bytes& entry(std::uint64_t index) const { return entries_[index]; }
  const std::vector<merkle::Hash>& leaves() const { return leaves_; }
  checkpoint::Checkpoint checkpoint() const { return {std::string(kOrigin), size(), edge_.root()}; }
  std::string note(bool with_witness = true) const {
    checkpoint::Note note = take(checkpoint::sign_checkpoint(keys_.log, checkpoint()));
    if (with_witness)
      note.signatures.push_back(take(keys_.witness.cosign(note.text, from_unix_seconds(1'795'000'000))));
    return checkpoint::write_note(note);
  }

  // All files of a log of this size, and no partial ones of before.
  Files files(bool with_witness = true) const {
    Files files;
    for (std::uint64_t first = 0; first < size(); first += merkle::kTileWidth) {
      const std::uint64_t end = std::min(size(), first + merkle::kTileWidth);
      const merkle::TileId id{0, first / merkle::kTileWidth, static_cast<int>(end - first)};
      files[merkle::entries_path(id)] =
          merkle::write_entries(std::span(entries_).subspan(first, end - first));
    }
    std::vector<merkle::Hash> hashes = leaves_;
    for (int level = 0; !hashes.empty(); ++level) hashes = add_tiles(files, level, hashes);
    files["checkpoint"] = to_bytes(note(with_witness));
    return files;
  }

  // The confirmation of an index that was appended by number, its secret and its id.
  static Bytes document_of(std::uint64_t index, const std::string& seed = "") {
    return documents::unsigned_message("confirmation " + std::to_string(index) + seed);
  }
  static Bytes nonce_of(const Bytes& document) {
    return to_bytes(crypto::sha256_of({as_bytes("nonce"), document}));
  }
  static std::string uuid_of(const Bytes& document) {
    documents::LogEntry entry{documents::LogEntry::Kind::kConfirmation, {}, {}};
    const Sha256Digest digest = crypto::sha256(document);
    std::copy_n(digest.begin(), entry.id.size(), entry.id.begin());
    entry.id[6] = static_cast<std::uint8_t>((entry.id[6] & 0x0f) | 0x40);
    entry.id[8] = static_cast<std::uint8_t>((entry.id[8] & 0x3f) | 0x80);
    return documents::uuid_of(entry);
  }

 private:
  // Puts the tiles of one level there and answers the hashes of the level above.
  static std::vector<merkle::Hash> add_tiles(Files& files, int level,
                                             const std::vector<merkle::Hash>& hashes) {
    std::vector<merkle::Hash> above;
    for (std::size_t first = 0; first < hashes.size(); first += merkle::kTileWidth) {
      const std::size_t end = std::min<std::size_t>(hashes.size(), first + merkle::kTileWidth);
      const std::span<const merkle::Hash> part(hashes.data() + first, end - first);
      const merkle::TileId id{level, first / merkle::kTileWidth, static_cast<int>(part.size())};
      files[merkle::tile_path(id)] = merkle::write_tile(part);
      if (part.size() == merkle::kTileWidth)
        above.push_back(take(merkle::hash_in_tile(id, part, {(level + 1) * merkle::kTileHeight, id.number})));
    }
    return above;
  }

  const TestKeys& keys_;
  std::vector<Bytes> entries_;
  std::vector<merkle::Hash> leaves_;
  merkle::Edge edge_;
};

// Plain writing, without waiting for the disk.
inline void write(const std::filesystem::path& folder, const std::string& path, const Bytes& content) {
  std::filesystem::create_directories((folder / path).parent_path());
  std::ofstream(folder / path, std::ios::binary)
      .write(reinterpret_cast<const char*>(content.data()), static_cast<std::streamsize>(content.size()));
}
inline void write(const std::filesystem::path& folder, const Files& files) {
  for (const auto& [path, content] : files) write(folder, path, content);
}
// What is in a folder, but for the lock.
inline Files read_all(const std::filesystem::path& path) {
  LogFolder folder(path);
  Files files;
  take(folder.for_each_file([&](const std::string& file) -> Result<void> {
    if (LogFolder::is_lock(file)) return ok();
    TRY(files[file], folder.get(file));
    return ok();
  }));
  return files;
}
inline std::vector<std::string> names_of(const Files& files) {
  std::vector<std::string> names;
  for (const auto& [path, content] : files) names.push_back(path);
  return names;
}

}  // namespace countersign::logbook::testing
