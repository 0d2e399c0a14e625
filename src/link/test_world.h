// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>

#include "crypto/random.h"
#include "link/pairing_store.h"

// For tests: devices with stores of their own, and a clock that is set by hand.
namespace countersign::link {

class HandClock final : public Clock {
 public:
  TimePoint now() const override { return from_unix_seconds(seconds_); }
  void advance(Seconds by) { seconds_ += by.count(); }

 private:
  std::atomic<std::int64_t> seconds_ = 1'795'000'000;  // November 2026
};

// Device is one computer or terminal: a folder with a store, gone with the object.
struct Device {
  explicit Device(const Clock& clock)
      : folder(std::filesystem::temp_directory_path() / ("link-" + crypto::random_token(8))) {
    std::filesystem::create_directory(folder);
    open(clock);
  }
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;
  ~Device() {
    store.reset();
    database.reset();
    std::filesystem::remove_all(folder);
  }
  // As after a restart of the program.
  void open(const Clock& clock) {
    store.reset();
    database = storage::open_sqlite(folder / "link.db").value();
    store = PairingStore::open(*database, clock.now()).value();
  }

  const std::filesystem::path folder;
  std::unique_ptr<storage::Database> database;
  std::unique_ptr<PairingStore> store;
};

inline Identity new_identity(const Clock& clock) {
  return Identity::of_key(crypto::PrivateKey::generate(crypto::KeyKind::kP256), clock.now()).value();
}

// The name of a result's error, "ok" for none.
template <typename T>
std::string code_of(const Result<T>& result) {
  return result ? "ok" : std::string(error_name(result.error().code));
}

}  // namespace countersign::link
