// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "authority/confirmation/log_witnessing.h"
#include "authority/log/log_reader.h"
#include "authority/witness/witness_client.h"
#include "authority/witness/witness_routes.h"
#include "program.h"

namespace countersign::app {

// The key by which this data centre cosigns the logs of others. Nothing where it has none: there is no key,
// and the configuration says nothing of a witness.
Result<std::optional<checkpoint::NoteSigner>> load_witness_signer(const AuthorityConfig& config);
// Makes the key where there is none, and notes it in the witness's memory: for `init`, and for a data centre
// of before there were witnesses.
Result<checkpoint::VerifierKey> create_witness_key(const AuthorityConfig& config);
// The memory of the witness, in a file of its own beside the store.
Result<std::unique_ptr<storage::Database>> open_witness_database(const AuthorityConfig& config);

// What a part that asks or answers about logs needs of the program; it outlives the parts.
struct WitnessingParts {
  const AuthorityConfig& config;
  const Store& store;
  authority::CurrentMap current;
  http::Metrics& metrics;
};

// WitnessService is this data centre as a witness of the logs of others.
struct WitnessService {
  std::unique_ptr<storage::Database> database;
  std::unique_ptr<authority::WitnessDesk> desk;
  std::unique_ptr<authority::WitnessDoor> door;
};
// Null where it is none; also, loudly, where its key, its memory, or both together are not good: orders are
// confirmed all the same. Errors are of what the configuration says.
Result<std::unique_ptr<WitnessService>> open_witness(const WitnessingParts& parts);

// WitnessedLogService asks the witnesses of our own log, and says what confirming has to know of that. Why
// the log may not be signed is for the operator, who finds it in the program's log once a minute; merchants
// learn that nothing is confirmed at the moment.
class WitnessedLogService final : public authority::LogWitnessing {
 public:
  Result<void> may_sign() override;
  void log_grew() override { client->log_grew(); }
  documents::WitnessState state_of(std::uint64_t index, TimePoint issued) const override {
    return client->state_of(index, issued);
  }

  std::unique_ptr<authority::LogUnderWitness> log;
  std::unique_ptr<authority::WitnessClient> client;

 private:
  RepeatedEvents told_{std::chrono::minutes(1)};
};
Result<std::unique_ptr<WitnessedLogService>> open_witnessed_log(const WitnessingParts& parts,
                                                                const authority::LogReader& reader,
                                                                const checkpoint::VerifierKey& key);

}  // namespace countersign::app
