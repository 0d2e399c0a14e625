// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "authority/audit/audit_log.h"
#include "authority/confirmation/confirmation_service.h"
#include "authority/directory/directory.h"
#include "authority/status/ocsp_cache.h"
#include "authority/testing/test_network.h"
#include "documents/order.h"

namespace countersign::authority {

// TestWorld is a data centre's authority with one merchant and one purchaser, all in this process: real keys
// in memory, a real store in a temporary folder, a clock that moves by hand. Failures of its own end the test
// program.
class TestWorld {
 public:
  explicit TestWorld(SequencerOptions options = {});
  // One of several data centres below one root.
  TestWorld(const x509::Issuer& root, std::string_view data_centre, SequencerOptions options = {});

  // A signer below the data centre whose certificate is in the directory.
  x509::Signer enrol_merchant(std::string_view name);
  x509::Signer enrol_purchaser(std::string_view uid);
  void add_to_directory(const x509::Certificate& certificate,
                        CertificateState state = CertificateState::kActive);
  void change_state(const x509::Signer& holder, CertificateState state,
                    x509::RevocationReason reason = x509::RevocationReason::kCertificateHold);

  // A good order between purchaser and merchant, new at each call.
  documents::Order new_order() const;
  // The order as JSON, signed and countersigned now.
  Bytes sign(const documents::Order& order) const;
  Bytes sign(const documents::Order& order, const x509::Signer& by) const;
  Bytes countersign(const Bytes& signed_order) const;
  Bytes countersign(const Bytes& signed_order, const x509::Signer& by) const;
  Bytes countersigned(const documents::Order& order) const { return countersign(sign(order)); }

  // Asks as the merchant (or another client) and waits for the answer.
  Result<Decision> confirm(Bytes countersigned_order);
  Result<Decision> confirm(Bytes countersigned_order, const x509::Certificate& client);
  Result<Decision> confirm(Submission submission, const x509::Certificate& client);
  // The refusal inside a decision, its signature verified.
  documents::Refusal refusal_of(const Decision& decision) const;
  documents::Confirmation confirmation_of(const Decision& decision) const;

  // Stops and starts the confirming process over the same store.
  void restart();
  Result<void> try_start(x509::Signer signer);
  void stop() { service.reset(); }
  // From the next start on; outlives the world.
  void join(const ForeignParties& others) { foreign_ = &others; }
  // From the next start on.
  void choose(DegradedPolicy degraded) { degraded_ = std::move(degraded); }

  // A public log is kept from the next start on, under this origin.
  void keep_log(std::string_view origin = "seoul-1.example/log");
  // Who watches it from the next start on, which outlives the world's service.
  void watch_log(LogWitnessing& witnesses) { log_witnesses_ = &witnesses; }
  checkpoint::NoteSigner log_signer() const;

  // Verifies everything stored: the audit chain, indices without gap, each confirmation's signature and what
  // it says against its row; and where a public log is kept all that check_log does. Returns the number of
  // confirmations.
  std::int64_t check() const;
  // Verifies the public log: its signature, its tree from the entries up, that each index has an entry, and
  // each confirmation's the commitment to it. Returns its size.
  std::int64_t check_log() const;

  // A certificate of one of the services of the authority itself; not in the directory.
  x509::Signer issue_service(x509::Role role, std::string_view name, x509::AlternativeNames names = {}) const;

  ManualClock clock;
  TemporaryFolder folder;
  TestNetwork network;
  x509::Signer confirmation_signer;
  std::unique_ptr<storage::Database> database;
  std::optional<Directory> directory;
  std::optional<AuditLog> audit;
  std::optional<ConfirmationStore> store;
  std::optional<OcspCache> ocsp;
  // Of the public log, where one is kept.
  std::unique_ptr<LogAppender> log_appender;
  std::optional<LogReader> log;
  std::optional<MapHistory> maps;
  std::optional<PublicLog> public_log;
  std::unique_ptr<ConfirmationService> service;
  std::optional<x509::Signer> merchant;
  std::optional<x509::Signer> purchaser;

 private:
  explicit TestWorld(TestNetwork around, SequencerOptions options);

  SequencerOptions options_;
  const ForeignParties* foreign_ = nullptr;
  DegradedPolicy degraded_;
  std::string log_origin_;  // empty: none is kept
  LogWitnessing* log_witnesses_ = nullptr;
  crypto::PrivateKey log_key_ = crypto::PrivateKey::generate(crypto::KeyKind::kEd25519);
};

// The CMS with its last signature (r, s) turned into (r, n - s), which verifies just as well.
Bytes malleate_signature(const Bytes& cms);

}  // namespace countersign::authority
