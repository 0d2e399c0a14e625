// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mutex>

#include "authority/witness/log_under_witness.h"
#include "checkpoint/checkpoint.h"
#include "merkle/testing/naive_tree.h"
#include "sample/take.h"

namespace countersign::authority {

// TestLog is a log in memory that signs whatever it has, with one key for all that are made for an origin.
// The checkpoint that it stores may be behind its entries, as a publisher's is.
class TestLog final : public LogUnderWitness {
 public:
  explicit TestLog(const std::string& origin = "seoul-1.example/log",
                   const crypto::PrivateKey& key = crypto::PrivateKey::generate(crypto::KeyKind::kEd25519))
      : signer_(take(checkpoint::NoteSigner::create(origin, checkpoint::KeyType::kEd25519, key))) {}
  // The same log and key, which from now on goes its own way.
  TestLog(const TestLog& other)
      : signer_(other.signer_), tree_(other.tree_), size_(other.size_), stored_(other.stored_) {}
  TestLog& operator=(const TestLog&) = delete;

  const checkpoint::NoteSigner& signer() const { return signer_; }
  const checkpoint::VerifierKey& key() const override { return signer_.verifier(); }
  // Appends entries that differ by `history`, and stores a checkpoint of them.
  void grow(std::uint64_t by, std::string_view history = "") {
    commit(by, history);
    store();
  }
  // Appends entries alone.
  void commit(std::uint64_t by, std::string_view history = "") {
    const std::lock_guard lock(mutex_);
    for (; by > 0; --by, ++size_)
      tree_.set({0, size_}, merkle::leaf_hash(as_bytes(std::string(history) + std::to_string(size_))));
  }
  void store() {
    const std::lock_guard lock(mutex_);
    stored_ = size_;
  }
  // Forgets what follows, as a store that was put back to an older one does.
  void go_back_to(std::uint64_t size) {
    const std::lock_guard lock(mutex_);
    const merkle::testing::NaiveTree before = tree_;
    merkle::testing::NaiveTree tree = before;
    tree_ = {};
    for (size_ = 0; size_ < size; ++size_) tree_.set({0, size_}, tree.hash({0, size_}));
    stored_ = size_;
  }
  std::uint64_t size() const {
    const std::lock_guard lock(mutex_);
    return size_;
  }

  std::string checkpoint_at(std::uint64_t size) const {
    const std::lock_guard lock(mutex_);
    return take(note_at(size));
  }
  checkpoint::VerifiedCheckpoint newest() const {
    return take(checkpoint::verify_checkpoint(checkpoint_at(size()), key()));
  }
  Result<std::string> newest_checkpoint() override {
    const std::lock_guard lock(mutex_);
    return note_at(stored_);
  }
  Result<std::uint64_t> committed_size() override { return size(); }
  Result<std::vector<merkle::Hash>> prove_consistency(std::uint64_t old_size, std::uint64_t size) override {
    const std::lock_guard lock(mutex_);
    if (old_size > size || size > size_) return fail(ErrorCode::kNotFound, "beyond the log");
    return tree_.consistency(old_size, size);
  }
  Result<merkle::Hash> root_at(std::uint64_t size) override {
    const std::lock_guard lock(mutex_);
    if (size > size_) return fail(ErrorCode::kNotFound, "beyond the log");
    return tree_.root(size);
  }
  Result<std::optional<std::string>> witnessed_checkpoint() override {
    const std::lock_guard lock(mutex_);
    return witnessed_;
  }
  Result<void> keep_witnessed(std::uint64_t, const std::string& note) override {
    const std::lock_guard lock(mutex_);
    if (keeping_fails) return fail(ErrorCode::kStorageFull, "no room");
    witnessed_ = note;
    return ok();
  }
  std::atomic<bool> keeping_fails = false;

 private:
  Result<std::string> note_at(std::uint64_t size) const {
    TRY(const auto note, checkpoint::sign_checkpoint(signer_, {key().name, size, tree_.root(size)}));
    return checkpoint::write_note(note);
  }

  const checkpoint::NoteSigner signer_;
  mutable std::mutex mutex_;  // guards what follows
  mutable merkle::testing::NaiveTree tree_;
  std::uint64_t size_ = 0;
  std::uint64_t stored_ = 0;
  std::optional<std::string> witnessed_;
};

}  // namespace countersign::authority
