// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "wallet/identity.h"

namespace countersign::wallet {

// HolderDesk is what the holder of a certificate can do with it beside paying.
class HolderDesk {
 public:
  explicit HolderDesk(Parties parties) : parties_(parties) {}

  // All certificates that the authority issued to the holder's address: one that the holder did not ask for
  // shows here.
  Result<std::vector<ListedCertificate>> list(const crypto::SecretBytes& pin);
  // Suspends both certificates at once, signed with the PIN or, without the card's PIN, by the code given at
  // enrolment.
  Result<void> suspend(const crypto::SecretBytes& pin);
  Result<void> suspend_by_code();
  // New keys on the card for the same subject; from then on they are used.
  Result<void> renew(const crypto::SecretBytes& pin);
  // Takes effect when the links in the mails to the old and the new address were followed.
  Result<void> change_address(const std::string& email, const crypto::SecretBytes& pin);
  Result<void> change_pin(const crypto::SecretBytes& old_pin, const crypto::SecretBytes& new_pin);

 private:
  Result<Bytes> ask(documents::HolderAction action, const crypto::SecretBytes& pin,
                    const std::string& email = {});
  Parties parties_;
};

// parse_listed_certificates reads the authority's answer to list-certificates.
Result<std::vector<ListedCertificate>> parse_listed_certificates(BytesView json);

}  // namespace countersign::wallet
