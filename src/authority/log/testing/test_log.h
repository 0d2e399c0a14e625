// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "authority/log/log_appender.h"
#include "authority/log/log_reader.h"
#include "crypto/digest.h"
#include "merkle/testing/naive_tree.h"
#include "sample/manual_clock.h"
#include "sample/take.h"
#include "sample/temporary_folder.h"

namespace countersign::authority {

// Some entry of a log, another for each number.
inline documents::LogEntryBytes sample_entry(std::uint64_t number) {
  documents::LogEntry entry;
  entry.commitment = crypto::sha256(as_bytes("confirmation " + std::to_string(number)));
  const Sha256Digest random = crypto::sha256(as_bytes("id " + std::to_string(number)));
  std::copy_n(random.begin(), entry.id.size(), entry.id.begin());
  entry.id[6] = static_cast<std::uint8_t>((entry.id[6] & 0x0f) | 0x40);  // a UUID of version 4
  entry.id[8] = static_cast<std::uint8_t>((entry.id[8] & 0x3f) | 0x80);
  return documents::write_log_entry(entry);
}

// TestLog is a log in a store of its own, and the tree that it should have. Failures of its own end the test
// program.
class TestLog {
 public:
  static constexpr std::string_view kOrigin = "seoul-1.example/log";

  TestLog() { open(); }

  static checkpoint::NoteSigner signer_of(std::string_view origin, const crypto::PrivateKey& key) {
    return take(checkpoint::NoteSigner::create(std::string(origin), checkpoint::KeyType::kEd25519, key));
  }
  checkpoint::NoteSigner signer() const { return signer_of(kOrigin, key); }
  checkpoint::VerifierKey verifier() const { return signer().verifier(); }

  Result<std::unique_ptr<LogAppender>> try_open(checkpoint::NoteSigner with) {
    return LogAppender::open(*database, std::move(with), clock);
  }
  // As after a restart of the process.
  void open() {
    appender = take(try_open(signer()));
    reader.emplace(take(LogReader::open(*database)));
  }
  Result<LogAppender::Appended> try_append(std::span<const documents::LogEntryBytes> entries) {
    LogAppender::Appended appended;
    const auto written = database->write([&](storage::Transaction& transaction) -> Result<void> {
      TRY(appended, appender->append(transaction, entries, clock.now()));
      return ok();
    });
    appender->settle(written ? LogAppender::Outcome::kCommitted : LogAppender::Outcome::kFailed);
    if (!written) return fail(written.error());
    return appended;
  }
  // As many more entries, in one transaction.
  LogAppender::Appended append(std::uint64_t count) {
    std::vector<documents::LogEntryBytes> entries;
    for (std::uint64_t i = 0; i < count; ++i) entries.push_back(sample_entry(tree.size() + i));
    auto appended = take(try_append(entries));
    for (const documents::LogEntryBytes& entry : entries) tree.append(merkle::leaf_hash(entry));
    return appended;
  }
  void execute(std::string_view sql) {
    take(database->write([&](storage::Transaction& transaction) -> Result<void> {
      TRY(transaction.execute(sql, {}));
      return ok();
    }));
  }

  ManualClock clock;
  TemporaryFolder folder;
  crypto::PrivateKey key = crypto::PrivateKey::generate(crypto::KeyKind::kEd25519);
  std::unique_ptr<storage::Database> database = take(storage::open_sqlite(folder.path() / "store.db"));
  std::unique_ptr<LogAppender> appender;
  std::optional<LogReader> reader;
  merkle::testing::NaiveTree tree;
};

}  // namespace countersign::authority
