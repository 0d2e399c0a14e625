// SPDX-License-Identifier: Apache-2.0
#include "merchant/testing.h"

#include <algorithm>

#include "checkpoint/log_proof.h"
#include "crypto/digest.h"
#include "crypto/random.h"
#include "documents/confirmation.h"
#include "documents/consent.h"
#include "documents/order.h"
#include "documents/request.h"
#include "merchant/review_check.h"
#include "sample/second_data_centre.h"
#include "storage/file.h"
#include "x509/pkcs10.h"

namespace countersign::merchant {
namespace {

constexpr std::string_view kDataCentre = "OU=seoul-1,OU=kr,O=Countersign Demo";
constexpr std::string_view kOwnStatusUrl = "http://127.0.0.1:9080";
constexpr Seconds kStatusLife{600};

x509::Certificate certificate_in(BytesView der) {
  const auto cms = take(x509::UnverifiedCms::parse(der));
  return take(x509::Certificate::from_der(cms.signer_certificate_der()));
}

documents::ConfirmedParty party_of(const x509::Certificate& certificate, Bytes ocsp) {
  return {certificate.subject(),       certificate.issuer(),     certificate.serial(),
          certificate.registered_by(), certificate.key_origin(), std::move(ocsp)};
}

}  // namespace

TestLog::TestLog(const x509::TestNetwork& network, const x509::Name& data_centre)
    : signer_(take(checkpoint::NoteSigner::create(std::string(kOrigin), checkpoint::KeyType::kEd25519,
                                                  crypto::PrivateKey::generate(crypto::KeyKind::kEd25519)))),
      witness_(
          take(checkpoint::NoteSigner::create("tokyo-1.example/witness", checkpoint::KeyType::kCosignature,
                                              crypto::PrivateKey::generate(crypto::KeyKind::kEd25519)))) {
  const sample::SecondDataCentre other({network.root, network.root_key}, network.ca, network.now);
  documents::NetworkMap map = other.map();
  for (documents::MappedDataCentre& centre : map.data_centres) {
    if (centre.name == data_centre) {
      centre.log =
          documents::MappedLog{signer_.verifier().name, signer_.verifier(), "http://localhost:8080/log"};
    } else {
      centre.witness = documents::MappedWitness{witness_.verifier(), "https://localhost:8443/witness"};
    }
  }
  map_ = other.sign(map);
}

void TestLog::append(const std::string& id, const Bytes& confirmation) {
  const Bytes nonce = crypto::random_bytes(documents::kLogNonceSize);
  places_[confirmation] = {leaves_.size(), nonce};
  leaves_.push_back(merkle::leaf_hash(
      documents::write_log_entry(take(documents::entry_of_confirmation(id, nonce, confirmation)))));
}

Result<std::vector<merkle::Hash>> TestLog::hashes(std::span<const merkle::NodeId> nodes) {
  std::vector<merkle::Hash> answer;
  for (const merkle::NodeId& node : nodes) {
    std::vector<merkle::Hash> level(
        leaves_.begin() + static_cast<std::ptrdiff_t>(node.index << node.level),
        leaves_.begin() + static_cast<std::ptrdiff_t>((node.index + 1) << node.level));
    for (; level.size() > 1; level.resize(level.size() / 2))
      for (std::size_t i = 0; i + 1 < level.size(); i += 2)
        level[i / 2] = merkle::node_hash(level[i], level[i + 1]);
    answer.push_back(level.front());
  }
  return answer;
}

documents::Receipt TestLog::receipt_of(const Bytes& confirmation, documents::WitnessState state,
                                       TimePoint now) {
  const Place& place = places_.at(confirmation);
  const auto size = leaves_.size();
  checkpoint::Note note{
      checkpoint::write_checkpoint_text({std::string(kOrigin), size, take(merkle::root_of(*this, size))}),
      {}};
  note.signatures.push_back(take(signer_.sign(note.text)));
  if (state == documents::WitnessState::kWitnessed)
    note.signatures.push_back(take(witness_.cosign(note.text, now)));
  documents::Receipt receipt;
  receipt.confirmation = confirmation;
  std::ranges::copy(place.nonce, receipt.nonce.begin());
  receipt.proof = checkpoint::write_log_proof({{},
                                               place.index,
                                               take(merkle::prove_inclusion(*this, place.index, size)),
                                               checkpoint::write_note(note)});
  receipt.maps = {map_};
  receipt.state = state;
  return receipt;
}

FakeAuthority::FakeAuthority(const x509::TestNetwork& network, const Clock& clock)
    : merchant{network.ca, network.ca_key, {}},
      network_(network),
      clock_(clock),
      confirmation_signer_(
          issue_signer(x509::Role::kConfirmationSigner, "CN=Confirmation Signer,OU=authority")),
      ocsp_signer_(issue_signer(x509::Role::kOcspResponder, "CN=OCSP Responder,OU=authority")) {}

x509::Signer FakeAuthority::issue_signer(x509::Role role, std::string_view subject) const {
  const auto key = x509::new_key();
  auto order = network_.order(role, key.public_key());
  order.subject = x509::name(std::string(subject) + "," + std::string(kDataCentre));
  return {take(x509::issue_certificate(network_.issuer(), order)), key, {network_.ca}};
}

Bytes FakeAuthority::status_of(const x509::SerialNumber& serial) const {
  x509::CertificateStatus status{.kind = x509::StatusKind::kGood};
  if (const auto told = statuses.find(serial.hex()); told != statuses.end()) status = told->second;
  const TimePoint now = whole_seconds(clock_.now());
  const x509::OcspAnswer answer{x509::make_cert_id(network_.ca, serial), status, now, now + kStatusLife};
  return take(x509::sign_ocsp_response({ocsp_signer_.certificate, ocsp_signer_.key}, {&answer, 1}, {}, now));
}

Result<Bytes> FakeAuthority::ocsp(BytesView request) {
  const std::lock_guard lock(mutex_);
  if (conduct == Conduct::kSilent) return fail(ErrorCode::kUnavailable, "silent");
  TRY(const auto parsed, x509::parse_ocsp_request(request, network_.ca));
  return status_of(parsed.questions.front().serial);
}

Result<Bytes> FakeAuthority::ocsp_at(const std::string& status_url, BytesView request) {
  {
    const std::lock_guard lock(mutex_);
    responders_asked.push_back(status_url);
    if (const auto other = responders.find(status_url); other != responders.end())
      return other->second(request);
  }
  return ocsp(request);
}

Result<SignedAnswer> FakeAuthority::confirm(BytesView countersigned_order,
                                            const std::optional<Bytes>& review) {
  const std::lock_guard lock(mutex_);
  confirmations_asked.push_back(to_bytes(countersigned_order));
  reviews_asked.push_back(review);
  const auto outer = take(x509::UnverifiedCms::parse(countersigned_order));
  const auto inner = take(x509::UnverifiedCms::parse(outer.unverified_content()));
  switch (conduct) {
    case Conduct::kSilent:
      return fail(ErrorCode::kUnavailable, "silent");
    case Conduct::kProblem:
      return fail(ErrorCode::kMalformed, "problem");
    case Conduct::kRefuses:
      return refuse(countersigned_order, true);
    case Conduct::kRefusesForNow:
      return refuse(countersigned_order, false);
    case Conduct::kRefusesAnother:
      return refuse(as_bytes("another"), true);
    case Conduct::kConfirmsAnother: {
      // The same order, countersigned once more: all signatures are in order, but these are not the bytes
      // sent.
      const auto again = take(
          x509::sign_cms(merchant, outer.unverified_content(),
                         {.content_type = x509::ContentType::kSignedData, .signing_time = clock_.now()}));
      return SignedAnswer{SignedAnswer::Kind::kConfirmation,
                          decide(again, inner.unverified_content(), review)};
    }
    default:
      break;
  }
  const Bytes order = to_bytes(inner.unverified_content());
  if (conduct == Conduct::kSignsInWrongRole)
    return SignedAnswer{SignedAnswer::Kind::kConfirmation, decide(countersigned_order, order, review)};
  if (!decided_.contains(order)) decided_[order] = decide(countersigned_order, order, review);
  if (conduct == Conduct::kDecidesSilently) return fail(ErrorCode::kUnavailable, "the answer was lost");
  if (conduct == Conduct::kCrashesTheAsker) throw Crash();
  return in_receipt(decided_[order]);
}

void FakeAuthority::keep_log() {
  const std::lock_guard lock(mutex_);
  log_.emplace(network_, x509::name(kDataCentre));
}

SignedAnswer FakeAuthority::in_receipt(Bytes confirmation) {
  Bytes receipt;
  if (log_ && sends_receipts) receipt = make_receipt(confirmation);
  return {SignedAnswer::Kind::kConfirmation, std::move(confirmation), std::move(receipt)};
}

Bytes FakeAuthority::make_receipt(const Bytes& confirmation) {
  auto receipt = log_->receipt_of(confirmation, witnesses, clock_.now());
  alter_receipt(receipt);
  return documents::write_receipt(receipt);
}

Result<Bytes> FakeAuthority::receipt(const documents::ExtractRequest& request) {
  const std::lock_guard lock(mutex_);
  ++receipts_asked;
  if (conduct == Conduct::kSilent) return fail(ErrorCode::kUnavailable, "silent");
  if (no_receipt) return fail(*no_receipt);
  for (const auto& [order, confirmation] : decided_)
    if (crypto::sha256(order) == request.order_digest) return make_receipt(confirmation);
  return fail(ErrorCode::kNotFound, "not confirmed");
}

x509::Signer FakeAuthority::confirmer() const {
  auto signer = confirmation_signer_;
  if (chained_ca) signer.chain = {*chained_ca};
  return signer;
}

Bytes FakeAuthority::decide(BytesView countersigned_order, BytesView order_bytes,
                            const std::optional<Bytes>& review) {
  const auto merchant_certificate = certificate_in(countersigned_order);
  const auto outer = take(x509::UnverifiedCms::parse(countersigned_order));
  const auto purchaser_certificate = certificate_in(outer.unverified_content());
  const auto order = take(documents::parse_order(order_bytes));
  documents::Confirmation confirmation{
      .id = "01234567-89ab-4cde-8f01-23456789abcd",
      .data_centre = x509::name(kDataCentre),
      .index = static_cast<std::int64_t>(decided_.size()),
      .time = whole_seconds(clock_.now()),
      .order_id = order.id,
      .order_digest = crypto::sha256(order_bytes),
      .total = order.total,
      .countersigned_order = to_bytes(countersigned_order),
      .review = std::nullopt,
      .merchant = party_of(merchant_certificate, status_of(merchant_certificate.serial())),
      .purchaser = party_of(purchaser_certificate, status_of(purchaser_certificate.serial()))};
  if (review) confirmation.review = take(review_in(*review));
  if (log_) {
    confirmation.id = crypto::random_uuid_v4();
    confirmation.index = log_->size();
    confirmation.log = TestLog::kOrigin;
  }
  alter_confirmation(confirmation);
  const auto signer = conduct == Conduct::kSignsInWrongRole ? merchant : confirmer();
  const auto document = take(
      x509::sign_cms(signer, documents::write_confirmation(confirmation), {.signing_time = clock_.now()}));
  if (log_) log_->append(confirmation.id, document);
  return document;
}

Result<Bytes> FakeAuthority::extract(const documents::ExtractRequest& request) {
  const std::lock_guard lock(mutex_);
  ++extracts_asked;
  if (conduct == Conduct::kSilent) return fail(ErrorCode::kUnavailable, "silent");
  for (const auto& [order, confirmation] : decided_) {
    if (crypto::sha256(order) != request.order_digest) continue;
    const auto cms = take(x509::UnverifiedCms::parse(confirmation));
    auto extract = documents::extract_of(take(documents::parse_confirmation(cms.unverified_content())));
    if (extract.order_id != request.order_id) break;
    alter_extract(extract);
    const auto signer = conduct == Conduct::kSignsInWrongRole ? merchant : confirmer();
    return x509::sign_cms(signer, take(documents::write_extract(extract)), {.signing_time = clock_.now()});
  }
  return fail(ErrorCode::kNotFound, "not confirmed");
}

SignedAnswer FakeAuthority::refuse(BytesView countersigned_order, bool final) const {
  const documents::Refusal refusal{.data_centre = x509::name(kDataCentre),
                                   .time = whole_seconds(clock_.now()),
                                   .request = crypto::sha256(countersigned_order),
                                   .order_id = "",
                                   .reasons = {{ErrorCode::kCertificateRevoked, "purchaser"}},
                                   .final = final};
  return {SignedAnswer::Kind::kRefusal, take(x509::sign_cms(confirmer(), documents::write_refusal(refusal),
                                                            {.signing_time = clock_.now()}))};
}

Result<EnrolmentGrant> FakeAuthority::enrol(BytesView consent) {
  const std::lock_guard lock(mutex_);
  consents_asked.push_back(to_bytes(consent));
  if (conduct == Conduct::kSilent) return fail(ErrorCode::kUnavailable, "silent");
  const auto cms = take(x509::UnverifiedCms::parse(consent));
  const auto document = take(documents::parse_consent(cms.unverified_content()));
  const auto& root = enrols_under                            ? *enrols_under
                     : conduct == Conduct::kNamesAnotherRoot ? network_.ca
                                                             : network_.root;
  return EnrolmentGrant{"enrolment-of-" + document.id, "token", clock_.now() + std::chrono::hours(24),
                        "https://127.0.0.1:9443", hex_encode(root.fingerprint())};
}

Result<EnrolmentProgress> FakeAuthority::enrolment(std::string_view id) {
  return EnrolmentProgress{std::string(id), "awaiting_fetch", "sent", {"0102"}};
}

Result<EnrolmentGrant> FakeAuthority::restart(std::string_view id) {
  return EnrolmentGrant{std::string(id), "fresh-token", clock_.now() + std::chrono::hours(24),
                        "https://127.0.0.1:9443", hex_encode(network_.root.fingerprint())};
}

Result<ApplicationTicket> FakeAuthority::apply(const CertificateApplication& application) {
  const std::lock_guard lock(mutex_);
  if (conduct == Conduct::kSilent) return fail(ErrorCode::kUnavailable, "silent");
  application_ = application;
  is_proven_ = false;
  return ApplicationTicket{"application-1", "application-secret", "challenge-token"};
}

Result<void> FakeAuthority::request_challenge(const ApplicationTicket& ticket) {
  const std::lock_guard lock(mutex_);
  is_proven_ = fetch_challenge(ticket.challenge);
  if (!is_proven_) return fail(ErrorCode::kWrongOrigin, "challenge not fetched");
  return ok();
}

Result<ApplicationProgress> FakeAuthority::progress(const ApplicationTicket&) {
  const std::lock_guard lock(mutex_);
  using State = ApplicationProgress::State;
  if (conduct == Conduct::kRejectsApplication)
    return ApplicationProgress{State::kRejected, "name", std::nullopt};
  if (!is_proven_) return ApplicationProgress{State::kAwaitingChallenge, "", std::nullopt};
  const auto request = take(x509::verify_pkcs10(application_->pkcs10));
  auto order = network_.order(x509::Role::kMerchant, request.key);
  order.subject = request.subject;
  order.alternative_names = request.alternative_names;
  return ApplicationProgress{State::kIssued, "", take(x509::issue_certificate(network_.issuer(), order))};
}

Result<RenewalProgress> FakeAuthority::renew(BytesView renewal) {
  if (conduct == Conduct::kChallengesRenewals) {
    const bool is_repeat = challenged_renewal_ == to_bytes(renewal);
    challenged_renewal_ = to_bytes(renewal);
    if (!is_repeat) return RenewalProgress{std::nullopt, "renewal-token"};
    if (!fetch_challenge("renewal-token")) return fail(ErrorCode::kWrongOrigin, "challenge not fetched");
  }
  TRY(const auto document,
      x509::verify_signed_document(renewal, network_.anchor, x509::Role::kMerchant, clock_.now()));
  TRY(const auto asked, documents::parse_merchant_renewal(document.cms.content));
  TRY(const auto request, x509::verify_pkcs10(asked.pkcs10));
  auto order = network_.order(x509::Role::kMerchant, request.key);
  order.subject = request.subject;
  order.alternative_names = request.alternative_names;
  order.not_before = clock_.now();
  TRY(auto certificate, x509::issue_certificate(network_.issuer(), order));
  return RenewalProgress{std::move(certificate), ""};
}

namespace {

// The network, and the identity file of a merchant in it, are made once: each key at rest costs 600,000
// rounds.
struct SharedNetwork {
  x509::TestNetwork network;
  Bytes identity;
};

const SharedNetwork& shared_network() {
  static const SharedNetwork kShared = [] {
    SharedNetwork made;
    const TemporaryFolder folder;
    const auto passphrase = crypto::SecretBytes::copy_of(as_bytes("passphrase"));
    take(Identity::create(folder.path(), passphrase));
    const auto identity = take(Identity::open(folder.path(), passphrase.clone()));
    auto order = made.network.order(x509::Role::kMerchant, identity->key().public_key());
    order.subject = x509::name("CN=Hanok Books,OU=merchants," + std::string(kDataCentre));
    take(identity->install(take(x509::issue_certificate(made.network.issuer(), order)), made.network.ca));
    made.identity = take(storage::read_file(folder.path() / "identity.pem", 64 << 10));
    return made;
  }();
  return kShared;
}

}  // namespace

TestShop::TestShop()
    : network(shared_network().network),
      view{std::make_shared<network::AnchorSource>(
               network::OwnDataCentre{std::make_shared<const x509::TrustAnchor>(network.anchor),
                                      x509::name(kDataCentre), std::string(kOwnStatusUrl)},
               take(network::KeptMap::open(folder.path() / "network-map", network.root, clock))),
           network.ca, x509::name(kDataCentre), "https://127.0.0.1:9443", std::string(kOwnStatusUrl)} {
  std::filesystem::create_directories(folder.path() / "identity");
  take(storage::write_file(folder.path() / "identity/identity.pem", shared_network().identity,
                           storage::FileMode::kPrivate));
  identity =
      take(Identity::open(folder.path() / "identity", crypto::SecretBytes::copy_of(as_bytes("passphrase"))));
  authority.merchant = *identity->signer();
  reopen();
}

void TestShop::reopen() {
  database.reset();
  database = take(storage::open_sqlite(folder.path() / "merchant.db"));
  take(migrate_gateway(*database));
}

x509::Signer TestShop::issue_purchaser(std::string_view uid, x509::Role role) const {
  const auto key = x509::new_key();
  auto order = network.order(role, key.public_key());
  order.subject = x509::name("UID=" + std::string(uid) + ",OU=purchasers," + std::string(kDataCentre));
  order.registered_by = identity->signer()->certificate.subject().text();
  return {take(x509::issue_certificate(network.issuer(), order)), key, {network.ca}};
}

}  // namespace countersign::merchant
