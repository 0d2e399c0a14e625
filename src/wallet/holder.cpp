// SPDX-License-Identifier: Apache-2.0
#include "wallet/holder.h"

#include "documents/json.h"
#include "wallet/completion.h"
#include "wallet/made_keys.h"
#include "wallet/trust.h"

namespace countersign::wallet {

Result<Bytes> HolderDesk::ask(documents::HolderAction action, const crypto::SecretBytes& pin,
                              const std::string& email) {
  TRY(const auto identity, find_identity(parties_));
  TRY(const auto logged_in, LoggedIn::with(parties_.card, pin));
  return ask_authority(parties_, identity, {.action = action, .email = email});
}

Result<std::vector<ListedCertificate>> HolderDesk::list(const crypto::SecretBytes& pin) {
  TRY(const auto answer, ask(documents::HolderAction::kListCertificates, pin));
  return parse_listed_certificates(answer);
}

Result<void> HolderDesk::suspend(const crypto::SecretBytes& pin) {
  TRY(ask(documents::HolderAction::kSuspend, pin));
  return ok();
}

Result<void> HolderDesk::suspend_by_code() {
  TRY(const auto identity, find_identity(parties_));
  TRY(const auto home, identity.data_centre());
  TRY(const auto authority, parties_.peers.authority(identity.enrolment.authority, home, identity.anchor));
  return authority->suspend_by_code(identity.signing.serial().hex(), identity.enrolment.suspension_code);
}

Result<void> HolderDesk::change_address(const std::string& email, const crypto::SecretBytes& pin) {
  TRY(ask(documents::HolderAction::kChangeAddress, pin, email));
  return ok();
}

Result<void> HolderDesk::change_pin(const crypto::SecretBytes& old_pin, const crypto::SecretBytes& new_pin) {
  return parties_.card.change_pin(old_pin, new_pin);
}

namespace {

// The CAs of the own data centre, which are trusted for good: others are the network map's to name.
std::vector<x509::Certificate> own_authorities(const Identity& identity, const x509::Name& home,
                                               TimePoint now) {
  std::vector<x509::Certificate> kept;
  for (const auto& ca : identity.anchor->data_centre_cas()) {
    const auto subtree = x509::permitted_subtree(ca);
    const bool is_own = subtree && subtree.value() == home;
    if (is_own && x509::TrustAnchor::create(identity.own->root(), {ca}, now)) kept.push_back(ca);
  }
  return kept;
}

}  // namespace

// The new certificates may be of a CA key that only a newer map names.
Result<void> HolderDesk::renew(const crypto::SecretBytes& pin) {
  TRY(auto identity, find_identity(parties_));
  learn_network(parties_, identity);
  TRY(const auto logged_in, LoggedIn::with(parties_.card, pin));
  const std::string purpose = "renewal-" + identity.enrolment.id;
  TRY(const auto keys, made_keys(parties_, purpose));
  TRY(auto requests, request_made_keys(parties_.card, keys, identity.signing.subject()));
  Question question{.action = documents::HolderAction::kRenew,
                    .signing_request = std::move(requests.signing),
                    .agreement_request = std::move(requests.agreement)};
  TRY(auto message, sign_question(parties_, identity, std::move(question)));
  TRY(const auto home, identity.data_centre());
  TRY(const auto authority, parties_.peers.authority(identity.enrolment.authority, home, identity.anchor));
  TRY(const auto answer, authority->ask(message));
  TRY(auto issued, parse_issued(answer));
  TRY(store_issued(parties_, keys, issued, *identity.anchor));

  EnrolmentRecord renewal;
  renewal.id = issued.enrolment;
  renewal.authority = identity.enrolment.authority;
  renewal.root = identity.enrolment.root;
  renewal.created = parties_.clock.now();
  renewal.consent = std::move(message);
  renewal.signing_key = keys.signing;
  renewal.agreement_key = keys.agreement;
  TRY(parties_.store.add_enrolment(renewal));
  TRY(parties_.store.keep_fetched(renewal.id, renewal.consent, {}));
  TRY(parties_.store.keep_imported(renewal, identity.own->root(),
                                   own_authorities(identity, home, parties_.clock.now())));
  TRY(use_made_keys(parties_, purpose));
  return complete_enrolment(parties_, renewal);
}

Result<std::vector<ListedCertificate>> parse_listed_certificates(BytesView json) {
  TRY(auto answer, documents::ObjectReader::parse(json, "certificates"));
  TRY(auto entries, answer.objects("certificates", 500));
  TRY(answer.finish());
  std::vector<ListedCertificate> listed;
  for (auto& entry : entries) {
    ListedCertificate certificate;
    TRY(certificate.serial, entry.text("serial", 64));
    TRY(certificate.role, entry.text("role", 64));
    TRY(certificate.state, entry.text("state", 32));
    TRY(certificate.not_before, entry.text("notBefore", 32));
    TRY(certificate.not_after, entry.text("notAfter", 32));
    TRY(certificate.registered_by, entry.text("registeredBy", 1000, 0));
    TRY(certificate.key_origin, entry.text("keyOrigin", 32, 0));
    TRY(entry.finish());
    listed.push_back(std::move(certificate));
  }
  return listed;
}

Result<IssuedCertificates> parse_issued(BytesView json) {
  constexpr std::size_t kMaxSealed = 32 << 10;
  IssuedCertificates issued;
  TRY(auto answer, documents::ObjectReader::parse(json, "issued", {.line_feeds = true}));
  TRY(const auto certificates, answer.texts("certificates", 2, 16 << 10));
  if (answer.has("sealedAgreement")) {
    TRY(issued.sealed_agreement, answer.base64("sealedAgreement", kMaxSealed));
  }
  TRY(const auto chain, answer.texts("chain", 4, 16 << 10));
  TRY(auto enrolment, answer.optional_text("id", 64));
  issued.enrolment = std::move(enrolment).value_or("");
  for (const auto& pem : certificates) {
    TRY(auto certificate, x509::Certificate::from_pem(pem));
    issued.certificates.push_back(std::move(certificate));
  }
  for (const auto& pem : chain) {
    TRY(auto certificate, x509::Certificate::from_pem(pem));
    issued.authorities.push_back(std::move(certificate));
  }
  return issued;
}

}  // namespace countersign::wallet
