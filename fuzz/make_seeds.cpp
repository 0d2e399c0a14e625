// SPDX-License-Identifier: Apache-2.0
// Writes one input of each kind into fuzz/corpus with the project's own writers: `make_seeds CORPUS_FOLDER`.
// Run it when a document gains a member, or another kind of input a fuzzer. What openssl writes comes from
// make_seeds.sh.
#include <cstdio>

#include "documents/confirmation.h"
#include "documents/consent.h"
#include "documents/dialogue.h"
#include "documents/dialogue_session.h"
#include "documents/extract.h"
#include "documents/order.h"
#include "documents/receipt.h"
#include "documents/request.h"
#include "documents/stamps.h"
#include "documents/status_feed.h"
#include "fuzz/envelope_keys.h"
#include "storage/file.h"
#include "x509/cms.h"
#include "x509/ocsp.h"
#include "x509/pkcs10.h"

namespace {

using namespace countersign;
using namespace countersign::documents;

constexpr std::string_view kId = "0192f0c1-2a3b-7c4d-8e5f-001122334455";
const TimePoint kTime = parse_time("2026-11-22T08:30:00Z").value();

x509::Name name(std::string_view text) {
  return x509::Name::from_text(text).value();
}
const x509::Name kDataCentre = name("OU=seoul-1,OU=kr,O=Countersign Demo");
const PartyReference kMerchant{name("CN=Sample Shop,OU=merchants,OU=seoul-1,OU=kr,O=Countersign Demo"), {1}};
const PartyReference kPurchaser{name("UID=p-7f3a,OU=purchasers,OU=seoul-1,OU=kr,O=Countersign Demo"), {2}};

struct Corpus {
  std::filesystem::path folder;
  void write(const std::filesystem::path& file, const Bytes& bytes) const {
    if (const auto written = storage::write_file(folder / "corpus" / file, bytes, storage::FileMode::kPublic);
        !written) {
      std::fprintf(stderr, "%s\n", written.error().detail.c_str());
      std::exit(1);
    }
  }
};

Order order_of(OrderProfile profile) {
  Order order{.id = std::string(kId),
              .profile = profile,
              .merchant = kMerchant,
              .purchaser = kPurchaser,
              .origin = "https://shop.example:8443",
              .checkout = "checkout-1",
              .authority = kDataCentre,
              .card_company = {},
              .lines = {{"TEA-100", "녹차 100 g \"first flush\"", 2, 12'000}, {"CUP-1", "Cup", 1, 8'500}},
              .total = {32'500, "KRW"},
              .created = kTime,
              .expires = kTime + std::chrono::minutes{15},
              .nonce = {9}};
  if (profile == OrderProfile::kSet)
    order.card_company = PartyReference{name("CN=Card Company,O=Countersign Demo"), {3}};
  return order;
}

void write_orders(const Corpus& corpus) {
  for (const auto profile : {OrderProfile::kDirect, OrderProfile::kSet})
    corpus.write("order/" + std::string(profile_name(profile)), write_order(order_of(profile)).value());
  auto grouped = order_of(OrderProfile::kDirect);
  grouped.group = OrderGroup{"00112233445566778899aabbccddeeff", 2};
  corpus.write("order/grouped", write_order(grouped).value());
}

HolderRequest request_of(HolderAction action) {
  HolderRequest request{.action = action,
                        .audience = kDataCentre,
                        .holder = kPurchaser,
                        .time = kTime,
                        .nonce = {7},
                        .order_id = {},
                        .order_digest = {},
                        .email = {},
                        .signing_request = {},
                        .agreement_request = {}};
  if (action == HolderAction::kFindConfirmation) {
    request.order_id = kId;
    request.order_digest = Sha256Digest{8};
  }
  if (action == HolderAction::kChangeAddress) request.email = "new@mail.example";
  if (action == HolderAction::kRenew) request.signing_request = request.agreement_request = {1, 2, 3};
  return request;
}

ConfirmedParty confirmed(const PartyReference& party, std::string registered_by) {
  return {party.subject,
          name("CN=Certification Authority 1,OU=seoul-1,OU=kr,O=Countersign Demo"),
          x509::SerialNumber::from_hex("8f00aa").value(),
          std::move(registered_by),
          x509::KeyOrigin::kHolder,
          {0x30, 0x03, 0x0a, 0x01, 0x00}};
}

void write_documents(const Corpus& corpus) {
  const Consent consent{std::string(kId),
                        ConsentKind::kEnrolment,
                        kMerchant,
                        "minji@mail.example",
                        "ko",
                        "인증서 발급에 동의합니다.",
                        "2026-11",
                        kTime,
                        ""};
  corpus.write("document/consent", write_consent(consent).value());
  corpus.write("document/consent-acceptance",
               write_consent_acceptance({std::string(kId), {1}, {2}, {3}, kTime}).value());
  for (const auto action : {HolderAction::kFindConfirmation, HolderAction::kListCertificates,
                            HolderAction::kSuspend, HolderAction::kRenew, HolderAction::kChangeAddress})
    corpus.write("document/" + std::string(action_name(action)),
                 write_holder_request(request_of(action)).value());
  corpus.write("document/merchant-renewal",
               write_merchant_renewal({kDataCentre, kMerchant, {1, 2, 3}, kTime, {4}}).value());
  Confirmation confirmation{"f3d1c2b4-5a69-4788-9abc-def012345678",
                            kDataCentre,
                            41,
                            kTime,
                            std::string(kId),
                            {6},
                            {32'500, "KRW"},
                            {0x30, 0x80, 0xff},
                            std::nullopt,
                            confirmed(kMerchant, ""),
                            confirmed(kPurchaser, kMerchant.subject.text())};
  corpus.write("document/confirmation", write_confirmation(confirmation));
  confirmation.log = "seoul-1.example/log";
  corpus.write("document/confirmation-of-a-log", write_confirmation(confirmation));
  corpus.write("document/extract", write_extract(extract_of(confirmation)).value());
  corpus.write("document/receipt",
               write_receipt({{0x30, 0x80, 0xff},
                              {7},
                              "c2sp.org/tlog-proof@v1\nindex 0\n\nseoul-1.example/log\n1\n"
                              "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n"
                              "— seoul-1.example/log AAAAAAAA\n",
                              {{0x30, 0x01}},
                              WitnessState::kWitnessed}));
  const Stamp stamp{StampCoverage::kReceipt, crypto::HashAlgorithm::kSha512, {0x30, 0x80, 0xff}};
  corpus.write("document/stamps", write_stamps(std::vector<Stamp>{stamp, stamp}));
  corpus.write("document/refusal", write_refusal({kDataCentre,
                                                  kTime,
                                                  {5},
                                                  std::string(kId),
                                                  {{ErrorCode::kCertificateRevoked, "purchaser"}},
                                                  true}));
}

void write_status_feed(const Corpus& corpus) {
  const StatusFeedPosition beginning{{1}, 0, first_feed_digest({1})};
  const auto serial = x509::SerialNumber::from_hex("8f00aa").value();
  corpus.write("document/status-feed-request",
               write_status_feed_request({kDataCentre, beginning, {7}, kMostFeedWait}));
  corpus.write("document/status-feed",
               write_status_feed_page(
                   {kDataCentre,
                    {7},
                    beginning,
                    kTime,
                    beginning,
                    {{1, serial, x509::StatusKind::kRevoked, x509::RevocationReason::kCertificateHold, kTime},
                     {2, serial, x509::StatusKind::kGood, x509::RevocationReason::kUnspecified, kTime}},
                    2})
                   .value());
}

Bytes bytes_of(const Result<crypto::SecretBytes>& secret) {
  return to_bytes(secret.value().reveal(crypto::SecretAccess()));
}
crypto::SecretBytes number(std::string_view digits) {
  return crypto::SecretBytes::copy_of(as_bytes(digits));
}

void write_dialogues(const Corpus& corpus) {
  const auto card = [] { return CardData{number("4000123412341234"), "2029-08", "KIM MINJI"}; };
  const auto account = [] { return AccountData{"한국은행", number("110-123-456789"), "김민지"}; };
  const std::vector<RequestedField> fields = {{PersonalField::kName, 0}, {PersonalField::kOverAge, 19}};
  const std::vector<PaymentMethod> methods = {PaymentMethod::kCard, PaymentMethod::kAccount};
  const auto from_wallet = [&](std::string_view file, const WalletMessage& message) {
    corpus.write("dialogue/" + std::string(file), bytes_of(write_dialogue(message)));
  };
  const auto from_gateway = [&](std::string_view file, const GatewayMessage& message) {
    corpus.write("dialogue/" + std::string(file), write_dialogue(message).value());
  };
  from_wallet("purchase-opening",
              PurchaseOpening{{OrderProfile::kSession, OrderProfile::kPlain}, {1}, {1, 2}, {3}});
  from_wallet("information", Information{{5}, card(), Bytes{6}});
  from_wallet("information-only", Information{{5}, {}, {}});
  from_wallet("payment", PaymentMessage{account(), {6}});
  from_wallet("payment-sealed", PaymentMessage{SealedPayment{{7}}, {6}});
  from_gateway("information-request",
               InformationRequest{
                   OrderProfile::kPlain, {2}, {}, {OrderProfile::kPlain}, fields, methods, Bytes{8}, {}});
  from_gateway("payment-request", PaymentRequest{methods, {8}, Bytes{9}});
  from_gateway("session-offer-message", SessionOfferMessage{{1}, {2}, methods});
  from_gateway("outcome-confirmation", Outcome{Outcome::Kind::kConfirmation, Bytes{1}, "", 0});
  from_gateway("outcome-declined", Outcome{Outcome::Kind::kDeclined, {}, "insufficient_limit", 2});
  const PersonalInformation information{"checkout-1", "https://shop.example",
                                        {1},          {},
                                        {},           {2},
                                        {3},          {{fields[0], "김민지", false}, {fields[1], "", true}}};
  corpus.write("dialogue/personal-information", write_personal_information(information).value());
  const SessionOffer offer{
      std::string(kId), {1}, "https://shop.example", "checkout-1", {2}, {3}, {4}, {5}, kTime};
  corpus.write("dialogue/session-offer", write_session_offer(offer).value());
  corpus.write("dialogue/session-secrets",
               bytes_of(write_session_secrets({std::string(kId), crypto::SecretBytes::of_size(32), {8}})));
  corpus.write("dialogue/payment-instruction", bytes_of(write_payment_instruction({{8}, card()})));
}

crypto::PrivateKey new_key() {
  return crypto::PrivateKey::generate(crypto::KeyKind::kP256);
}

struct Authority {
  x509::Issuer root, ca;
};

Authority make_authority() {
  const auto root_key = new_key();
  const x509::Issuer root{x509::create_network_root(name("O=Countersign Demo"), root_key, kTime).value(),
                          root_key};
  const auto key = new_key();
  const x509::NameLimits limits{kDataCentre, {"shop.example"}, {}, {"127.0.0.0/8"}};
  return {root, {x509::create_data_centre_ca(root, limits, key.public_key(), kTime).value(), key}};
}

x509::Signer make_signer(const Authority& authority, x509::Role role, const x509::Name& subject,
                         const crypto::PrivateKey& key = new_key()) {
  x509::CertificateOrder order{.role = role,
                               .subject = subject,
                               .key = key.public_key(),
                               .alternative_names = {},
                               .key_origin = x509::KeyOrigin::kHolder,
                               .registered_by = {},
                               .ocsp_url = "http://127.0.0.1:8080/ocsp",
                               .crl_url = "http://127.0.0.1:8080/crl.crl",
                               .not_before = kTime,
                               .lifetime = {}};
  if (role == x509::Role::kMerchant)
    order.alternative_names = {{"shop.example"}, {"127.0.0.1"}, {"https://shop.example"}};
  if (role == x509::Role::kPurchaser || role == x509::Role::kPurchaserAgreement)
    order.registered_by = kMerchant.subject.text();
  return {x509::issue_certificate(authority.ca, order).value(), key, {authority.ca.certificate}};
}

void write_messages(const Corpus& corpus) {
  const Authority authority = make_authority();
  const auto purchaser = make_signer(authority, x509::Role::kPurchaser, kPurchaser.subject);
  const auto merchant = make_signer(authority, x509::Role::kMerchant, kMerchant.subject);
  const Bytes order = write_order(order_of(OrderProfile::kDirect)).value();
  const Bytes signed_order = x509::sign_cms(purchaser, order, {x509::ContentType::kData, kTime}).value();
  corpus.write("cms/signed-order", signed_order);
  corpus.write("cms/countersigned-order",
               x509::sign_cms(merchant, signed_order, {x509::ContentType::kSignedData, kTime}).value());
  corpus.write("certificate/root", authority.root.certificate.der());
  corpus.write("certificate/ca", authority.ca.certificate.der());
  corpus.write("certificate/merchant", merchant.certificate.der());
  corpus.write("certificate/purchaser", purchaser.certificate.der());
  corpus.write(
      "pkcs10/merchant",
      x509::make_pkcs10(kMerchant.subject, merchant.certificate.alternative_names(), merchant.key).value());
  corpus.write("pkcs10/purchaser", x509::make_pkcs10(kPurchaser.subject, {}, purchaser.key).value());
  const auto recipient =
      make_signer(authority, x509::Role::kPurchaserAgreement, kPurchaser.subject, fuzz::recipient_key());
  const auto secret = crypto::SecretBytes::copy_of(order);
  corpus.write("../envelope_recipient.der", recipient.certificate.der());
  corpus.write("envelope/certificate", x509::seal_to(recipient.certificate, secret).value());
  corpus.write("envelope/shared-key", x509::seal_under(fuzz::shared_key(), secret).value());
  const auto& ca = authority.ca.certificate;
  corpus.write("../ocsp_request_ca.der", ca.der());
  corpus.write("ocsp_request/nonce", x509::make_ocsp_request(merchant.certificate, ca, Bytes(32, 5)).value());
  corpus.write("ocsp_request/no-nonce", x509::make_ocsp_request(purchaser.certificate, ca, {}).value());
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) return 2;
  const Corpus corpus{arguments[1]};
  write_orders(corpus);
  write_documents(corpus);
  write_status_feed(corpus);
  write_dialogues(corpus);
  write_messages(corpus);
  return 0;
}
