// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "authority/enrolment/enrolment_store.h"
#include "authority/issuing/issue_certificate.h"
#include "storage/secret_folder.h"

namespace countersign::authority {

// For whom a pair of certificates is made.
struct PairOrder {
  x509::Name subject;
  std::string registered_by;
};

struct CertificatePair {
  x509::Certificate signing;
  x509::Certificate agreement;
};

// KeyDelivery is one attempt to bring a holder's keys to the wallet (K2, K3): the file sealed under a
// short-lived key outside of the database, the password only here and in the mail that is made of it.
struct KeyDelivery {
  CertificatePair certificates;
  Bytes sealed_file;
  crypto::SecretBytes password;
};

// The short-lived key of one attempt; the token that fetches the file is derived from it, so that the same
// question of the merchant gets the same answer as long as the file is there.
std::string delivery_key_name(std::string_view enrolment, std::int64_t attempt);

// make_key_delivery makes both key pairs, their certificates (not yet in the directory) and the PKCS#12 under
// a random password, and forgets the private keys.
Result<KeyDelivery> make_key_delivery(const AuthorityContext& context, const storage::SecretFolder& file_keys,
                                      const PairOrder& order, const std::string& key_name);

// make_pair_for certifies keys that the wallet made; whether it holds them is shown elsewhere.
Result<CertificatePair> make_pair_for(const AuthorityContext& context, const PairOrder& order,
                                      const crypto::PublicKey& signing, const crypto::PublicKey& agreement);

Result<std::string> delivery_token(const storage::SecretFolder& file_keys, const std::string& key_name);
Result<Bytes> open_key_file(const storage::SecretFolder& file_keys, const std::string& key_name,
                            BytesView sealed);

}  // namespace countersign::authority
