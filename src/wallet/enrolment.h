// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "documents/consent.h"
#include "wallet/identity.h"
#include "wallet/link.h"
#include "x509/pkcs12.h"

namespace countersign::wallet {

// Where the keys of an enrolment come from.
enum class KeySource { kKeyFile, kCard };

// EnrolmentView is what the holder is shown before anything is trusted: the consent that the merchant signed.
struct EnrolmentView {
  EnrolmentRecord record;
  documents::Consent consent;
  bool has_key_file = false;  // false: the keys are made on the card
};

// VerifiedConsent is a consent whose merchant signed it, under the network root that was pinned.
struct VerifiedConsent {
  documents::Consent consent;
  Bytes bytes;  // the JSON that was signed
};
Result<VerifiedConsent> verify_consent(BytesView cms, const x509::TrustAnchor& anchor, TimePoint now);

// EnrolmentKeys is a key file whose contents belong together.
struct EnrolmentKeys {
  x509::KeyWithCertificate signing, agreement;
  x509::Certificate root;
  std::vector<x509::Certificate> authorities;  // CAs, without the root
};
// check_key_file holds an opened key file against what was pinned and shown: the root is the pinned one, both
// certificates verify below it in their roles, name one holder, and were registered by the merchant of the
// consent.
Result<EnrolmentKeys> check_key_file(x509::KeyFile file, const Sha256Digest& pinned_root,
                                     BytesView consent_cms, TimePoint now);

// EnrolmentDesk takes an enrolment from its link to an active certificate. Every step can be repeated after a
// crash or a failure: `begin` with the same link, `open` or `make_keys` with the same id.
class EnrolmentDesk {
 public:
  explicit EnrolmentDesk(Parties parties) : parties_(parties) {}

  // Pins the root, fetches the consent and, for KeySource::kKeyFile, the key file: once, kept encrypted.
  Result<EnrolmentView> begin(std::string_view link, KeySource source);
  Result<EnrolmentView> show(const std::string& id);
  // Opens the key file with the mailed password, imports the keys, and completes.
  Result<void> open(const std::string& id, const crypto::SecretBytes& password,
                    const crypto::SecretBytes& pin);
  // Makes the keys on the card, has them certified with the mailed code, and completes. No key file's MAC
  // vouches for the network root here, so the mailed fingerprint must be the pinned one (kForbidden).
  struct MailedCode {
    std::string code;
    std::string root;  // fingerprint in hexadecimal, as the mail shows it; at least its first 32 digits
  };
  Result<void> make_keys(const std::string& id, const MailedCode& mailed, const crypto::SecretBytes& pin);
  // Completes an enrolment whose keys are on the card already.
  Result<void> complete(const std::string& id, const crypto::SecretBytes& pin);

 private:
  Result<EnrolmentRecord> find(const std::string& id);
  Result<std::shared_ptr<const x509::TrustAnchor>> provisional_anchor(AuthorityAccess& authority,
                                                                      const Sha256Digest& root);
  Result<EnrolmentView> view_of(EnrolmentRecord record);

  Parties parties_;
};

}  // namespace countersign::wallet
