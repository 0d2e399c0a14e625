// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <thread>

#include "authority/witness/known_witnesses.h"
#include "authority/witness/testing/test_log.h"
#include "authority/witness/witness_routes.h"
#include "http/server.h"
#include "sample/manual_clock.h"
#include "sample/temporary_folder.h"

namespace countersign::authority {

inline checkpoint::NoteSigner witness_key(const std::string& name) {
  return take(checkpoint::NoteSigner::create(name, checkpoint::KeyType::kCosignature,
                                             crypto::PrivateKey::generate(crypto::KeyKind::kEd25519)));
}

// The question that brings a witness from `old_size` to the newest checkpoint of a log.
inline checkpoint::AddCheckpoint question_from(TestLog& log, std::uint64_t old_size) {
  const std::uint64_t size = log.size();
  return {old_size,
          old_size > size ? std::vector<merkle::Hash>() : take(log.prove_consistency(old_size, size)),
          log.checkpoint_at(size)};
}
inline Bytes body_from(TestLog& log, std::uint64_t old_size) {
  return to_bytes(checkpoint::write_add_checkpoint(question_from(log, old_size)));
}

// TestWitness is a witness of some logs over real HTTP, with its memory on disk.
class TestWitness {
 public:
  TestWitness(const std::string& name, const Clock& clock, const std::vector<const TestLog*>& logs)
      : key_(witness_key(name)), clock_(clock) {
    for (const TestLog* log : logs) logs_.push_back(log->key().text());
    open();
    take(WitnessStore::open(*database).value().admit_key(key_.verifier(), clock.now()));
    serve();
  }

  const checkpoint::VerifierKey& key() const { return key_.verifier(); }
  KnownWitness known() const { return {key(), url()}; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/witness"; }
  WitnessStore store() const { return take(WitnessStore::open(*database)); }
  std::uint64_t size_of(const TestLog& log) const {
    const auto newest = take(store().newest(log.key().name));
    return newest ? newest->checkpoint.size : 0;
  }

  void stop() {
    server.reset();
    door.reset();
    desk.reset();
    database.reset();
  }
  // At the same address, with the memory that it has on disk.
  void start() {
    open();
    serve();
  }

  std::vector<AuditEntry> recorded() const {
    const std::lock_guard lock(mutex_);
    return recorded_;
  }

  // The next answers are lost on their way: what was cosigned was kept.
  std::atomic<int> answers_to_lose = 0;
  std::atomic<int> questions = 0;
  http::Metrics metrics;
  std::unique_ptr<storage::Database> database;
  std::unique_ptr<WitnessDesk> desk;
  std::unique_ptr<WitnessDoor> door;
  std::unique_ptr<http::Server> server;

 private:
  void open() { database = take(storage::open_sqlite(folder_.path() / "witness.db")); }
  void serve() {
    const x509::Name own = take(x509::Name::from_text("OU=osaka-1,OU=jp,O=Countersign Demo"));
    const CurrentMap none = [] { return fail(ErrorCode::kNotFound, "no map"); };
    desk = take(WitnessDesk::open({key_, store(), take(WitnessedLogs::create(logs_, none, own, clock_)),
                                   [this](const AuditEntry& entry) -> Result<void> {
                                     const std::lock_guard lock(mutex_);
                                     recorded_.push_back(entry);
                                     return ok();
                                   },
                                   clock_, metrics}));
    door = std::make_unique<WitnessDoor>(*desk);
    http::Router router;
    router.add("POST", "/witness/add-checkpoint", [this](http::Request request, http::Respond respond) {
      ++questions;
      door->add_checkpoint(std::move(request), [this, respond](http::Response response) {
        const bool is_lost = answers_to_lose > 0 && answers_to_lose-- > 0;
        respond(is_lost ? http::text_response(502, "") : std::move(response));
      });
    });
    add_witnessed_checkpoint_route(router, *desk);
    http::ServerOptions options;
    options.port = port_;
    server = take(http::Server::start(std::move(options), std::move(router)));
    port_ = server->port();
  }

  const checkpoint::NoteSigner key_;
  const Clock& clock_;
  const TemporaryFolder folder_;
  std::vector<std::string> logs_;
  unsigned short port_ = 0;
  mutable std::mutex mutex_;  // guards what follows
  std::vector<AuditEntry> recorded_;
};

// Whether it comes true within ten seconds.
template <typename Condition>
bool comes_true(const Condition& condition) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

}  // namespace countersign::authority
