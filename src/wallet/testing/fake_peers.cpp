// SPDX-License-Identifier: Apache-2.0
#include "wallet/testing/fake_peers.h"

#include <algorithm>
#include <cstdlib>

#include "x509/cms_envelope.h"
#include "x509/pkcs10.h"

namespace countersign::wallet {
namespace {

// Making keys takes longer than what is tested: all tests of the program share one trade.
class FakeAuthority final : public AuthorityAccess {
 public:
  explicit FakeAuthority(FakePeers& peers, bool is_known = true) : peers_(peers), is_known_(is_known) {}

  Result<NetworkFacts> network() override {
    if (peers_.server_ca)
      return NetworkFacts{take(x509::permitted_subtree(*peers_.server_ca)),
                          peers_.trade.root.certificate,
                          {*peers_.server_ca}};
    return NetworkFacts{
        peers_.trade.data_centre, peers_.trade.root.certificate, {peers_.trade.ca.certificate}};
  }
  Result<Bytes> network_map() override {
    if (!is_known_) return fail(ErrorCode::kCertificateUnknown, "of a CA that is not known");
    ++peers_.network_maps_asked;
    if (peers_.authority_is_down) return fail(ErrorCode::kUnavailable, "no answer");
    if (!peers_.network_map) return fail(ErrorCode::kNotFound, "no map");
    return *peers_.network_map;
  }
  Result<Bytes> fetch_consent(const std::string&, const std::string&) override {
    return peers_.trade.sign(peers_.consent_signer, take(documents::write_consent(peers_.consent)));
  }
  Result<Bytes> fetch_key_file(const std::string&, const std::string&) override {
    if (peers_.key_files_fetched++ > 0) return fail(ErrorCode::kGone, "fetched already");
    return x509::make_pkcs12(peers_.key_file, secret(peers_.password), "test");
  }
  Result<IssuedCertificates> request_certificates(const std::string&, const OwnKeys& keys) override {
    if (keys.code != peers_.password) return fail(ErrorCode::kWrongPassword, "code");
    return issue(keys.signing, keys.agreement);
  }
  Result<Completion> complete(const std::string&, BytesView acceptance) override {
    peers_.acceptance = to_bytes(acceptance);
    if (peers_.completions_to_lose-- > 0) return fail(ErrorCode::kUnavailable, "the connection broke");
    return Completion{"suspend-me"};
  }
  Result<void> suspend_by_code(const std::string&, const std::string& code) override {
    if (code != "suspend-me") return fail(ErrorCode::kForbidden, "code");
    return ok();
  }
  Result<Bytes> ask_for_receipt(BytesView holder_request) override {
    TRY(auto found, ask(holder_request));
    if (!peers_.authority_receipt) return found;
    return peers_.authority_receipt();
  }
  Result<Bytes> ask(BytesView holder_request) override {
    if (peers_.authority_is_down) return fail(ErrorCode::kUnavailable, "no answer");
    const auto document = take(x509::verify_signed_document(holder_request, *peers_.trade.anchor,
                                                            x509::Role::kPurchaser, peers_.trade.now));
    auto request = take(documents::parse_holder_request(document.cms.content));
    peers_.questions.push_back(request);
    if (request.action != documents::HolderAction::kFindConfirmation) return peers_.answer_question(request);
    for (const auto& [url, other] : peers_.others) {
      if (request.order_id == other->order.id) return find(*other);
    }
    if (request.order_id != peers_.order.id) return fail(ErrorCode::kNotFound, "no such confirmation");
    return find(peers_);
  }

 private:
  static Result<Bytes> find(FakePeers& peers) {
    if (peers.not_yet_found-- > 0 || peers.confirmation.empty())
      return fail(ErrorCode::kNotFound, "no such confirmation");
    return peers.confirmation;
  }
  // As the authority does, for each key's own request or one that names both.
  IssuedCertificates issue(BytesView signing, BytesView agreement) {
    const auto request = take(x509::verify_pkcs10(signing));
    IssuedCertificates issued{{certify(x509::Role::kPurchaser, request.key)}, {}, "", {}};
    if (!agreement.empty()) {
      const auto own = take(x509::verify_pkcs10(agreement));
      issued.certificates.push_back(certify(x509::Role::kPurchaserAgreement, own.key));
      return issued;
    }
    const auto certificate = certify(x509::Role::kPurchaserAgreement, request.agreement_key.value());
    const auto document =
        peers_.change_sealed({std::string(kEnrolmentId), certificate.der(), kAgreementProof});
    issued.sealed_agreement =
        take(x509::seal_to_key(*request.agreement_key, documents::write_agreement_certificate(document)));
    return issued;
  }
  x509::Certificate certify(x509::Role role, const crypto::PublicKey& key) {
    x509::CertificateOrder order{role,
                                 peers_.trade.purchaser.certificate.subject(),
                                 key,
                                 {},
                                 x509::KeyOrigin::kHolder,
                                 peers_.trade.merchant.certificate.subject().text(),
                                 "",
                                 "",
                                 peers_.trade.now,
                                 std::nullopt};
    return take(x509::issue_certificate(peers_.trade.ca, order));
  }
  FakePeers& peers_;
  const bool is_known_;
};

class FakeGateway final : public GatewayAccess {
 public:
  explicit FakeGateway(FakePeers& peers) : peers_(peers) {}

  const x509::Certificate& merchant() const override { return peers_.trade.merchant.certificate; }
  Result<Bytes> fetch_order(const std::string&, const std::string&, const x509::Certificate&) override {
    TRY(reach());
    return peers_.trade.order_bytes(peers_.order);
  }
  Result<Decision> submit(const std::string&, const std::string&, BytesView signed_order) override {
    TRY(auto document, peers_.decide(signed_order));
    return Decision{std::move(document), peers_.refuses.has_value()};
  }
  Result<documents::GatewayMessage> converse(const std::string&, const std::string&,
                                             const documents::WalletMessage& message) override {
    const auto* opening = std::get_if<documents::PurchaseOpening>(&message);
    if (opening != nullptr && peers_.puts_group) peers_.order.group = opening->group;
    return peers_.dialogue.answer(message, peers_.order,
                                  [this](BytesView signed_order) { return peers_.decide(signed_order); });
  }
  Result<void> reach() override {
    if (peers_.connection_ends) return fail(*peers_.connection_ends);
    return ok();
  }
  Result<documents::GatewayMessage> converse_over(const std::string& checkout, const std::string& token,
                                                  const ForConnection& make) override {
    if (peers_.payments_to_cut > 0) {
      --peers_.payments_to_cut;
      peers_.when_cut();
      return fail(ErrorCode::kUnavailable, "the connection ended");
    }
    TRY(const auto message, make(Bytes(32, 9)));
    return converse(checkout, token, message);
  }
  Result<Bytes> fetch_receipt(const std::string&, const std::string&) override {
    ++peers_.receipts_fetched;
    if (!peers_.gateway_receipt) return fail(ErrorCode::kNotFound, "no receipt of this order");
    return peers_.gateway_receipt();
  }
  Result<void> cancel(const std::string&, const std::string&) override {
    ++peers_.cancelled;
    peers_.cancelled.notify_all();
    peers_.when_cancelled();
    return ok();
  }

 private:
  FakePeers& peers_;
};

}  // namespace

crypto::SecretBytes secret(std::string_view text) {
  return crypto::SecretBytes::copy_of(as_bytes(text));
}

FakePeers::FakePeers(const Trade& played)
    : trade(played),
      consent{"019a0000-0000-7000-8000-00000000000c",
              documents::ConsentKind::kEnrolment,
              documents::reference_to(played.merchant.certificate),
              "kim@mail.example",
              "ko",
              "Demo Shop may apply for a certificate for me.",
              "1",
              played.now,
              ""},
      consent_signer(played.merchant),
      key_file{{{played.purchaser.key, played.purchaser.certificate},
                {played.agreement.key, played.agreement.certificate}},
               {played.purchasers_ca.certificate, played.root.certificate}},
      order(played.order()),
      dialogue(played) {}

Result<std::unique_ptr<AuthorityAccess>> FakePeers::first_contact(const std::string&,
                                                                  const Sha256Digest& root) {
  if (root != trade.root.certificate.fingerprint()) return fail(ErrorCode::kForbidden, "another network");
  return std::unique_ptr<AuthorityAccess>(new FakeAuthority(*this));
}

Result<std::unique_ptr<AuthorityAccess>> FakePeers::authority(
    const std::string& url, const x509::Name& data_centre, std::shared_ptr<const x509::TrustAnchor> anchor) {
  const std::lock_guard lock(reaching);
  if (no_authority) return fail(*no_authority);
  authorities_reached.push_back({url, data_centre});
  if (named_authority_is_down && data_centre == trade.data_centre)
    return fail(ErrorCode::kUnavailable, "no answer");
  const auto& known = anchor->data_centre_cas();
  const bool is_known = !server_ca || std::find(known.begin(), known.end(), *server_ca) != known.end();
  return std::unique_ptr<AuthorityAccess>(new FakeAuthority(*this, is_known));
}

Result<Bytes> FakePeers::decide(BytesView signed_order) {
  ++signed_orders_received;
  const auto request = trade.sign(trade.merchant, signed_order, x509::ContentType::kSignedData);
  if (refuses) return trade.refuse(request, order.id, *refuses);
  if (confirmation.empty()) {
    auto confirmed = trade.confirmation(request, order);
    confirmed.review = dialogue.approved;
    change_confirmation(confirmed);
    confirmation = trade.sign(trade.confirmer, documents::write_confirmation(confirmed));
  }
  if (gateway_dies_after_asking) return fail(ErrorCode::kUnavailable, "the connection broke");
  return change_answer(confirmation);
}

Result<std::unique_ptr<GatewayAccess>> FakePeers::gateway(const std::string& url,
                                                          std::shared_ptr<const x509::TrustAnchor> anchor,
                                                          Carrier carrier) {
  if (const auto other = others.find(url); other != others.end())
    return other->second->gateway(url, std::move(anchor), std::move(carrier));
  before_connecting();
  if (gateway_is_down) return fail(ErrorCode::kUnavailable, "no answer");
  if (no_connection) return fail(*no_connection);
  if (anchor->issuer_of(trade.merchant.certificate) == nullptr)
    return fail(ErrorCode::kCertificateUnknown, "peer: no path");
  return std::unique_ptr<GatewayAccess>(new FakeGateway(*this));
}

const Trade& shared_trade() {
  static const Trade kMade;
  return kMade;
}

const Trade& trade_across() {
  static const Trade kMade(Trade::kElsewhere);
  return kMade;
}

WalletWorld::WalletWorld(const Trade& between) : trade(between), peers(trade) {
  clock.time = trade.now + std::chrono::seconds(5);
  std::string pattern = (std::filesystem::temp_directory_path() / "wallet-XXXXXX").string();
  folder = mkdtemp(pattern.data());
  restart();
}

WalletWorld::~WalletWorld() {
  store.reset();
  std::filesystem::remove_all(folder);
}

void WalletWorld::restart() {
  store.reset();
  store = take(WalletStore::open(folder));
  maps = std::make_unique<NetworkMaps>(folder, clock);
}

std::string WalletWorld::enrolment_link() const {
  return "countersign:enrol?authority=https://127.0.0.1:9443&id=" + std::string(kEnrolmentId) +
         "&token=t&root=" + hex_encode(trade.root.certificate.fingerprint());
}

void WalletWorld::sell_in_set(const FakeCompany& company) {
  peers.dialogue.profile = peers.order.profile = documents::OrderProfile::kSet;
  peers.order.card_company = company.reference();
  peers.dialogue.company = &company;
  peers.dialogue.companies = {company.name()};
  peers.dialogue.methods = {documents::PaymentMethod::kCard};
}

// What an enrolment leaves behind; opening a key file takes longer than most tests.
void WalletWorld::enrol() {
  EnrolmentRecord record;
  record.id = kEnrolmentId;
  record.authority = "https://127.0.0.1:9443";
  record.root = trade.root.certificate.fingerprint();
  record.created = clock.time;
  const auto must = [](const Result<void>& done) {
    if (!done) throw std::runtime_error(done.error().detail);
  };
  must(store->add_enrolment(record));
  must(store->keep_fetched(record.id,
                           trade.sign(trade.merchant, take(documents::write_consent(peers.consent))), {}));
  must(card.log_in(secret("1234")));
  record.signing_key =
      take(card.import_key(card::KeyUse::kSigning, trade.purchaser.key, trade.purchaser.certificate));
  record.agreement_key =
      take(card.import_key(card::KeyUse::kAgreement, trade.agreement.key, trade.agreement.certificate));
  card.log_out();
  must(store->keep_imported(record, trade.root.certificate, {trade.purchasers_ca.certificate}));
  must(store->keep_active(record.id, "suspend-me"));
}

}  // namespace countersign::wallet
