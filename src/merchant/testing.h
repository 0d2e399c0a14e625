// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>

#include "checkpoint/checkpoint.h"
#include "documents/extract.h"
#include "documents/receipt.h"
#include "merchant/confirmation_desk.h"
#include "merchant/schema.h"
#include "merchant/tokens.h"
#include "merkle/tree.h"
#include "sample/manual_clock.h"
#include "sample/take.h"
#include "sample/temporary_folder.h"
#include "x509/cms.h"
#include "x509/status_check.h"
#include "x509/test_network.h"

// What the tests of this module share: a small real network, a clock moved by hand, real SQLite in a folder
// that goes again, and an authority that can misbehave.
namespace countersign::merchant {

// Stands for a process that ends in the middle of a call.
struct Crash : std::runtime_error {
  Crash() : std::runtime_error("crash") {}
};

// TestLog is the public log of an authority of these tests: in memory, with the witness of another data
// centre and the signed network map that names both.
class TestLog final : public merkle::HashSource {
 public:
  static constexpr std::string_view kOrigin = "seoul-1.example/log";

  TestLog(const x509::TestNetwork& network, const x509::Name& data_centre);
  // The receipt of a confirmation that was appended: with the witness where its state says so.
  documents::Receipt receipt_of(const Bytes& confirmation, documents::WitnessState state, TimePoint now);
  void append(const std::string& id, const Bytes& confirmation);
  std::int64_t size() const { return static_cast<std::int64_t>(leaves_.size()); }
  Result<std::vector<merkle::Hash>> hashes(std::span<const merkle::NodeId> nodes) override;

 private:
  struct Place {
    std::uint64_t index;
    Bytes nonce;
  };
  std::vector<merkle::Hash> leaves_;
  std::map<Bytes, Place> places_;  // by confirmation
  checkpoint::NoteSigner signer_, witness_;
  Bytes map_;
};

// FakeAuthority decides like an authority, with real signatures, and misbehaves as told. May be asked from
// any thread; its public members are set while nobody asks.
class FakeAuthority final : public CertificateAccess,
                            public StatusAccess,
                            public EnrolmentAccess,
                            public ConfirmationAccess {
 public:
  enum class Conduct {
    kHonest,
    kSilent,            // no answer, nothing decided
    kDecidesSilently,   // decides, and the answer is lost
    kCrashesTheAsker,   // the asking process ends before the answer
    kRefuses,           // signed, final
    kRefusesForNow,     // signed, may succeed later
    kConfirmsAnother,   // confirms another countersigned order
    kSignsInWrongRole,  // signs the confirmation with the merchant's key
    kRefusesAnother,    // refuses another request
    kProblem,           // unsigned error
    kNamesAnotherRoot,  // enrols into another network
    kRejectsApplication,
    kChallengesRenewals,  // and has the challenge fetched when the renewal comes again
  };
  FakeAuthority(const x509::TestNetwork& network, const Clock& clock);

  // ConfirmationAccess, StatusAccess, EnrolmentAccess, CertificateAccess
  Result<SignedAnswer> confirm(BytesView countersigned_order, const std::optional<Bytes>& review) override;
  Result<Bytes> extract(const documents::ExtractRequest& request) override;
  Result<Bytes> receipt(const documents::ExtractRequest& request) override;
  Result<Bytes> ocsp(BytesView request) override;
  Result<Bytes> ocsp_at(const std::string& status_url, BytesView request) override;
  Result<EnrolmentGrant> enrol(BytesView consent) override;
  Result<EnrolmentProgress> enrolment(std::string_view id) override;
  Result<EnrolmentGrant> restart(std::string_view id) override;
  Result<ApplicationTicket> apply(const CertificateApplication& application) override;
  Result<void> request_challenge(const ApplicationTicket& ticket) override;
  Result<ApplicationProgress> progress(const ApplicationTicket& ticket) override;
  Result<RenewalProgress> renew(BytesView renewal) override;

  Conduct conduct = Conduct::kHonest;
  std::map<std::string, x509::CertificateStatus> statuses;  // by serial; good when absent
  x509::Signer merchant;                                    // for kSignsInWrongRole
  // What was asked, in order.
  std::vector<Bytes> confirmations_asked, consents_asked;
  std::vector<std::optional<Bytes>> reviews_asked;  // with the confirmations
  int extracts_asked = 0, receipts_asked = 0;
  std::vector<std::string> responders_asked;
  // Responders of other data centres, by URL.
  std::map<std::string, std::function<Result<Bytes>(BytesView request)>> responders;
  // Called with what is signed next, to make it say something else.
  std::function<void(documents::Confirmation&)> alter_confirmation = [](documents::Confirmation&) {};
  std::function<void(documents::Extract&)> alter_extract = [](documents::Extract&) {};
  // A public log; confirmations name it from then on. Whether they come in receipts, how those stand with the
  // witnesses, and what makes them say something else.
  void keep_log();
  bool sends_receipts = true;
  documents::WitnessState witnesses = documents::WitnessState::kPending;
  std::function<void(documents::Receipt&)> alter_receipt = [](documents::Receipt&) {};
  std::optional<Error> no_receipt;  // what it answers instead
  // The certificate of its CA that it puts into what it signs: as another root certified it. Absent: as ever.
  std::optional<x509::Certificate> chained_ca;
  // The root that it enrols under. Absent: the network's.
  std::optional<x509::Certificate> enrols_under;
  // Called when the authority would fetch the challenge; true passes.
  std::function<bool(const std::string& token)> fetch_challenge = [](const std::string&) { return true; };

 private:
  Bytes decide(BytesView countersigned_order, BytesView order, const std::optional<Bytes>& review);
  SignedAnswer refuse(BytesView countersigned_order, bool final) const;
  SignedAnswer in_receipt(Bytes confirmation);
  Bytes make_receipt(const Bytes& confirmation);
  Bytes status_of(const x509::SerialNumber& serial) const;
  x509::Signer confirmer() const;
  x509::Signer issue_signer(x509::Role role, std::string_view subject) const;

  const x509::TestNetwork& network_;
  const Clock& clock_;
  std::recursive_mutex mutex_;  // one question at a time
  const x509::Signer confirmation_signer_, ocsp_signer_;
  std::map<Bytes, Bytes> decided_;  // order → confirmation
  std::optional<TestLog> log_;
  std::optional<CertificateApplication> application_;
  bool is_proven_ = false;
  Bytes challenged_renewal_;
};

// TestShop is a gateway's surroundings, as they are after a start: identity with certificate, database,
// network. `reopen` is what a restart does.
struct TestShop {
  TestShop();
  void reopen();
  GatewayContext context() { return {*database, clock, view, *identity}; }
  x509::AskStatus ask_status() {
    return [this](BytesView request) { return authority.ocsp(request); };
  }
  x509::Signer issue_purchaser(std::string_view uid, x509::Role role = x509::Role::kPurchaser) const;

  TemporaryFolder folder;
  const x509::TestNetwork& network;  // one for all tests
  ManualClock clock{network.now};
  FakeAuthority authority{network, clock};
  NetworkView view;
  std::unique_ptr<Identity> identity;
  std::unique_ptr<storage::Database> database;
  Tokens tokens{crypto::SecretBytes::copy_of(as_bytes("a secret of thirty-two bytes ...."))};
};

// The origin of TestShop's certificate.
inline constexpr std::string_view kTestOrigin = "https://127.0.0.1:8443";

}  // namespace countersign::merchant
