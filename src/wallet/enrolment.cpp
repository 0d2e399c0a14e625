// SPDX-License-Identifier: Apache-2.0
#include "wallet/enrolment.h"

#include <algorithm>

#include "wallet/completion.h"
#include "wallet/made_keys.h"

namespace countersign::wallet {
namespace {

// 128 bits: as much as no search for a root with the same beginning reaches.
constexpr std::size_t kFewestRootDigits = 32;

// People copy fingerprints in groups and in either case.
Result<void> check_mailed_root(std::string_view mailed, const Sha256Digest& pinned) {
  std::string digits;
  for (const char c : mailed) {
    if (c == ' ' || c == ':' || c == '\n') continue;
    digits.push_back(c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c);
  }
  if (digits.size() < kFewestRootDigits) {
    return fail(ErrorCode::kMalformed, "root fingerprint: at least 32 digits of the mail's");
  }
  if (!hex_encode(pinned).starts_with(digits)) {
    return fail(ErrorCode::kForbidden, "the network root of the mail is not the one of the link");
  }
  return ok();
}

}  // namespace

Result<VerifiedConsent> verify_consent(BytesView cms, const x509::TrustAnchor& anchor, TimePoint now) {
  const auto document = x509::verify_signed_document(cms, anchor, x509::Role::kMerchant, now);
  if (!document) return fail(document.error(), "consent");
  Bytes bytes = to_bytes(document.value().cms.content);
  TRY(auto consent, documents::parse_consent(bytes));
  if (!(consent.merchant == documents::reference_to(document.value().signer))) {
    return fail(ErrorCode::kForbidden, "consent: signed by another merchant than it names");
  }
  return VerifiedConsent{std::move(consent), std::move(bytes)};
}

Result<EnrolmentKeys> check_key_file(x509::KeyFile file, const Sha256Digest& pinned_root,
                                     BytesView consent_cms, TimePoint now) {
  const auto is_root = [&](const auto& certificate) { return certificate.fingerprint() == pinned_root; };
  const auto root = std::find_if(file.authorities.begin(), file.authorities.end(), is_root);
  if (root == file.authorities.end()) {
    return fail(ErrorCode::kForbidden, "key file: its network root is not the one of the link");
  }
  x509::Certificate trusted_root = std::move(*root);
  file.authorities.erase(root);
  TRY(const auto anchor, x509::TrustAnchor::create(trusted_root, file.authorities, now));

  if (file.keys.size() != 2) return fail(ErrorCode::kMalformed, "key file: not exactly two keys");
  const bool signing_first = file.keys[0].certificate.role() == x509::Role::kPurchaser;
  auto& signing = file.keys[signing_first ? 0 : 1];
  auto& agreement = file.keys[signing_first ? 1 : 0];
  TRY(x509::verify_path(signing.certificate, anchor, x509::Role::kPurchaser, now));
  TRY(x509::verify_path(agreement.certificate, anchor, x509::Role::kPurchaserAgreement, now));
  if (!(signing.certificate.subject() == agreement.certificate.subject())) {
    return fail(ErrorCode::kConflict, "key file: its certificates name different holders");
  }
  TRY(const auto consent, verify_consent(consent_cms, anchor, now));
  const std::string merchant = consent.consent.merchant.subject.text();
  if (signing.certificate.registered_by() != merchant || agreement.certificate.registered_by() != merchant) {
    return fail(ErrorCode::kForbidden, "key file: registered by another merchant than the consent's");
  }
  return EnrolmentKeys{std::move(signing), std::move(agreement), std::move(trusted_root),
                       std::move(file.authorities)};
}

Result<EnrolmentRecord> EnrolmentDesk::find(const std::string& id) {
  TRY(auto record, parties_.store.find_enrolment(id));
  if (!record) return fail(ErrorCode::kNotFound, "no such enrolment in this wallet");
  return std::move(*record);
}

Result<std::shared_ptr<const x509::TrustAnchor>> EnrolmentDesk::provisional_anchor(AuthorityAccess& authority,
                                                                                   const Sha256Digest& root) {
  TRY(const auto facts, authority.network());
  if (facts.root.fingerprint() != root) {
    return fail(ErrorCode::kForbidden, "the authority's network root is not the one of the link");
  }
  TRY(auto anchor, x509::TrustAnchor::create(facts.root, facts.cas, parties_.clock.now()));
  return std::make_shared<const x509::TrustAnchor>(std::move(anchor));
}

// The key file can be fetched once: everything else that can fail comes before, and it is on disk before it
// is used.
Result<EnrolmentView> EnrolmentDesk::begin(std::string_view link_text, KeySource source) {
  TRY(const auto link, parse_enrolment_link(link_text));
  TRY(auto known, parties_.store.find_enrolment(link.id));
  if (known && known->state != EnrolmentState::kLinked) return view_of(std::move(*known));
  TRY(const auto authority, parties_.peers.first_contact(link.authority, link.root));
  TRY(const auto anchor, provisional_anchor(*authority, link.root));
  TRY(const auto consent, authority->fetch_consent(link.id, link.token));
  TRY(verify_consent(consent, *anchor, parties_.clock.now()));
  if (!known) {
    EnrolmentRecord record;
    record.id = link.id;
    record.authority = link.authority;
    record.root = link.root;
    record.token = link.token;
    record.created = parties_.clock.now();
    TRY(parties_.store.add_enrolment(record));
  }
  Bytes key_file;
  if (source == KeySource::kKeyFile) {
    TRY(key_file, authority->fetch_key_file(link.id, link.token));
  }
  TRY(parties_.store.keep_fetched(link.id, consent, key_file));
  return show(link.id);
}

Result<EnrolmentView> EnrolmentDesk::show(const std::string& id) {
  TRY(auto record, find(id));
  return view_of(std::move(record));
}

// The signature was verified before the consent was kept, and is verified again, below the root that the key
// file brings, before a key is imported.
Result<EnrolmentView> EnrolmentDesk::view_of(EnrolmentRecord record) {
  TRY(const auto cms, x509::UnverifiedCms::parse(record.consent));
  TRY(auto consent, documents::parse_consent(cms.unverified_content()));
  const bool has_key_file = !record.key_file.empty();
  return EnrolmentView{std::move(record), std::move(consent), has_key_file};
}

Result<void> EnrolmentDesk::open(const std::string& id, const crypto::SecretBytes& password,
                                 const crypto::SecretBytes& pin) {
  TRY(auto record, find(id));
  if (record.state == EnrolmentState::kImported) return complete(id, pin);
  if (record.state != EnrolmentState::kFetched || record.key_file.empty()) {
    return fail(ErrorCode::kConflict, "this enrolment does not wait for a password");
  }
  TRY(auto file, x509::open_pkcs12(record.key_file, password));
  TRY(const auto keys, check_key_file(std::move(file), record.root, record.consent, parties_.clock.now()));
  TRY(const auto logged_in, LoggedIn::with(parties_.card, pin));
  TRY(record.signing_key,
      parties_.card.import_key(card::KeyUse::kSigning, keys.signing.key, keys.signing.certificate));
  TRY(record.agreement_key,
      parties_.card.import_key(card::KeyUse::kAgreement, keys.agreement.key, keys.agreement.certificate));
  TRY(parties_.store.keep_imported(record, keys.root, keys.authorities));
  return complete_enrolment(parties_, record);
}

Result<void> EnrolmentDesk::make_keys(const std::string& id, const MailedCode& mailed,
                                      const crypto::SecretBytes& pin) {
  TRY(auto record, find(id));
  if (record.state == EnrolmentState::kImported) return complete(id, pin);
  if (record.state != EnrolmentState::kFetched || !record.key_file.empty()) {
    return fail(ErrorCode::kConflict, "this enrolment does not wait for keys of the card");
  }
  TRY(check_mailed_root(mailed.root, record.root));
  TRY(const auto authority, parties_.peers.first_contact(record.authority, record.root));
  TRY(const auto facts, authority->network());
  TRY(const auto anchor, provisional_anchor(*authority, record.root));
  TRY(const auto consent, verify_consent(record.consent, *anchor, parties_.clock.now()));

  TRY(const auto logged_in, LoggedIn::with(parties_.card, pin));
  TRY(const auto keys, made_keys(parties_, id));
  // The authority chooses the pseudonym; the request names the place below which it will lie.
  TRY(const auto purchasers, facts.data_centre.child("OU", "purchasers"));
  TRY(auto requests, request_made_keys(parties_.card, keys, purchasers));
  TRY(auto issued,
      authority->request_certificates(
          id, {record.token, mailed.code, std::move(requests.signing), std::move(requests.agreement)}));
  issued.enrolment = id;
  TRY(store_issued(parties_, keys, std::move(issued), *anchor));
  record.signing_key = keys.signing;
  record.agreement_key = keys.agreement;
  TRY(parties_.store.keep_imported(record, facts.root, facts.cas));
  TRY(use_made_keys(parties_, id));
  return complete_enrolment(parties_, record);
}

Result<void> EnrolmentDesk::complete(const std::string& id, const crypto::SecretBytes& pin) {
  TRY(const auto record, find(id));
  if (record.state == EnrolmentState::kActive) return ok();
  if (record.state != EnrolmentState::kImported) {
    return fail(ErrorCode::kConflict, "the keys of this enrolment are not on the card yet");
  }
  TRY(const auto logged_in, LoggedIn::with(parties_.card, pin));
  return complete_enrolment(parties_, record);
}

}  // namespace countersign::wallet
