// SPDX-License-Identifier: Apache-2.0
#include "witnessing.h"

#include "card/card.h"
#include "storage/passphrase.h"

namespace countersign::app {
namespace {

// Our log, read from the store. Whoever asks sees what is committed.
class StoredLog final : public authority::LogUnderWitness {
 public:
  StoredLog(const authority::LogReader& reader, checkpoint::VerifierKey key)
      : reader_(reader), key_(std::move(key)) {}
  const checkpoint::VerifierKey& key() const override { return key_; }
  Result<std::string> newest_checkpoint() override {
    TRY(auto newest, reader_.newest());
    return std::move(newest.note);
  }
  Result<std::uint64_t> committed_size() override { return reader_.size(); }
  Result<std::vector<merkle::Hash>> prove_consistency(std::uint64_t old_size, std::uint64_t size) override {
    return reader_.prove_consistency(old_size, size);
  }
  Result<merkle::Hash> root_at(std::uint64_t size) override { return reader_.root_at(size); }
  Result<std::optional<std::string>> witnessed_checkpoint() override {
    TRY(auto witnessed, reader_.witnessed());
    if (!witnessed) return std::optional<std::string>();
    return std::optional(std::move(witnessed->note));
  }
  Result<void> keep_witnessed(std::uint64_t size, const std::string& note) override {
    return reader_.keep_witnessed({size, note});
  }

 private:
  const authority::LogReader reader_;
  const checkpoint::VerifierKey key_;
};

authority::RecordAct record_in(const Store& store) {
  return [&store](const authority::AuditEntry& entry) {
    return store.database->write([&](storage::Transaction& transaction) {
      return store.audit->append(transaction, {&entry, 1}, store.clock.now());
    });
  };
}

// Its key, memory and desk; null where there is no key and none is asked for.
Result<std::unique_ptr<WitnessService>> open_witness_of(authority::WitnessedLogs logs,
                                                        const WitnessingParts& parts) {
  TRY(auto signer, load_witness_signer(parts.config));
  if (!signer) return std::unique_ptr<WitnessService>();
  auto service = std::make_unique<WitnessService>();
  TRY(service->database, open_witness_database(parts.config));
  TRY(const auto store, authority::WitnessStore::open(*service->database));
  TRY(service->desk,
      authority::WitnessDesk::open({std::move(*signer), store, std::move(logs), record_in(parts.store),
                                    parts.store.clock, parts.metrics}));
  service->door = std::make_unique<authority::WitnessDoor>(*service->desk);
  return service;
}

}  // namespace

Result<std::optional<checkpoint::NoteSigner>> load_witness_signer(const AuthorityConfig& config) {
  if (authority::is_missing_key_file(config.keys.witness)) {
    if (!config.witness.is_chosen) return std::optional<checkpoint::NoteSigner>();
    return fail(ErrorCode::kNotFound, config.keys.witness +
                                          ": no key of the witness yet; make it with "
                                          "`countersign-authority witness create-key`");
  }
  TRY(const auto passphrase, storage::read_passphrase(config.keys.passphrase_file));
  TRY(auto key, authority::load_key(config.keys.witness, passphrase, card::load_token_key));
  auto signer =
      checkpoint::NoteSigner::create(config.witness.name, checkpoint::KeyType::kCosignature, std::move(key));
  if (!signer) return fail(signer.error(), config.keys.witness);
  return std::optional(std::move(signer).value());
}

Result<std::unique_ptr<storage::Database>> open_witness_database(const AuthorityConfig& config) {
  return storage::open_sqlite(config.witness.store);
}

// First the key, then the memory's word on it. Where a run ends in between, that key is none of this
// memory's, like one whose memory is lost, and another is made in its place.
Result<checkpoint::VerifierKey> create_witness_key(const AuthorityConfig& config) {
  TRY(const auto passphrase, storage::read_passphrase(config.keys.passphrase_file));
  TRY(authority::load_or_create_key(config.keys.witness, passphrase, card::load_token_key,
                                    crypto::KeyKind::kEd25519));
  TRY(const auto signer, load_witness_signer(config));
  TRY(const auto database, open_witness_database(config));
  TRY(const auto store, authority::WitnessStore::open(*database));
  TRY(store.admit_key(signer->verifier(), SystemClock().now()));
  return signer->verifier();
}

Result<std::unique_ptr<WitnessService>> open_witness(const WitnessingParts& parts) {
  TRY(auto logs, authority::WitnessedLogs::create(parts.config.witness.logs, parts.current,
                                                  parts.config.limits.subtree, parts.store.clock));
  auto service = open_witness_of(std::move(logs), parts);
  parts.metrics.gauge("countersign_witness_serving", "1 while we witness the logs of others.")
      .set(service && service.value() ? 1 : 0);
  if (service) return service;
  log_error("witness_not_started", service.error());
  return std::unique_ptr<WitnessService>();
}

Result<std::unique_ptr<WitnessedLogService>> open_witnessed_log(const WitnessingParts& parts,
                                                                const authority::LogReader& reader,
                                                                const checkpoint::VerifierKey& key) {
  const auto own = load_witness_signer(parts.config);  // without it we are no witness, as open_witness says
  std::optional<checkpoint::VerifierKey> own_key;
  if (own && own.value()) own_key = own.value()->verifier();
  auto service = std::make_unique<WitnessedLogService>();
  service->log = std::make_unique<StoredLog>(reader, key);
  const LogConfig& config = parts.config.log;
  TRY(service->client,
      authority::WitnessClient::open(
          {.log = *service->log,
           .witnesses =
               [listed = config.witnesses, own_key, own = parts.config.limits.subtree,
                current = parts.current, &clock = parts.store.clock] {
                 const auto view = current();
                 return authority::witnesses_of(listed, view ? view.value().get() : nullptr, own,
                                                own_key ? &*own_key : nullptr, clock.now());
               },
           .database = *parts.store.database,
           .record = record_in(parts.store),
           .clock = parts.store.clock,
           .metrics = parts.metrics,
           .options = {.policy = config.witnessing, .when_silent_at_start = config.when_silent_at_start}}));
  return service;
}

Result<void> WitnessedLogService::may_sign() {
  const Result<void> allowed = client->may_sign();
  if (allowed) return ok();
  if (told_.note(allowed.error().detail, RepeatedEvents::Moment::clock::now()))
    log_error("log_does_not_sign", allowed.error());
  return fail(ErrorCode::kUnavailable, "the public log of this data centre cannot be signed at the moment");
}

}  // namespace countersign::app
