// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "authority/issuing/service_certificates.h"

namespace countersign::authority {

// How many CA keys from before the present one may still count: what an answer carries of them is bounded.
inline constexpr std::size_t kMostEarlierCas = 2;

// KeyRollover changes the keys that an authority works with. Each key lies under a name of its own for good
// and the certificate's file, which is replaced in one step, decides which is in use: an act that was
// interrupted leaves the old state or the new one, and is repeated. What it makes is in directory and audit
// log before it is in a file. A server that runs goes on as before until it is started again.
class KeyRollover {
 public:
  // All that is referenced outlives it.
  struct Parts {
    const AuthorityContext& context;
    const DataCentrePlan& plan;
    const KeyShelf& shelf;
    std::string actor;  // of the audit records
  };
  explicit KeyRollover(Parts parts) : parts_(std::move(parts)) {}

  // Where the new key is: empty for one that is made here and put into a file, else the URI of one that the
  // token has already. kMalformed without a URI where the first key of its kind is in a token.
  using TokenUri = std::string;

  // roll_over_service makes a key for OCSP, confirmation, TLS or time-stamps and has the present CA key
  // certify it, for OCSP each earlier CA key that is at hand as well. Returns the certificates. kConflict for
  // a token's key that is in use already, kNotFound where the key has no place, kWrongRole where the CA may
  // not issue for this service.
  Result<std::vector<x509::Certificate>> roll_over_service(const ServiceKind& kind,
                                                           const TokenUri& uri) const;

  // request_ca makes a CA key that is not used yet and asks for its certificate (PKCS#10, DER).
  Result<Bytes> request_ca(const TokenUri& uri) const;

  // take_ca has the authority issue under `ca` from now on; the CA key before becomes an earlier one.
  // `mapped` are the CAs that the network map in force names for this data centre. Refuses what others could
  // not verify: kNameNotPermitted for another data centre's CA, kCertificateUnknown and the like for one that
  // the root did not certify, kNotFound without its private key, kConflict while the map does not name both,
  // for a key that was in use before, and where there are kMostEarlierCas already.
  Result<void> take_ca(const x509::Certificate& ca, const std::vector<x509::Certificate>& mapped) const;

  // retire_ca puts an earlier CA key out of force here: its certificates are unknown from the next start on.
  // The status feed goes on in another epoch, so that who follows it forgets what it knew of them.
  // kNotFound for no earlier one's id; kConflict while a service works under it and, unless it leaked, while
  // any certificate of it is in force.
  enum class Reason { kAllHasEnded, kLeaked };
  Result<void> retire_ca(std::string_view id, Reason reason) const;

  // destroy_key overwrites and removes the private key of that id; of one in a token its URI file. Returns
  // the file. kNotFound, kConflict for a key that this authority still works with.
  Result<std::filesystem::path> destroy_key(std::string_view id) const;

 private:
  Result<crypto::PrivateKey> new_key(std::string_view name, const std::string& first_place,
                                     const TokenUri& uri) const;
  Result<void> record(const std::vector<x509::Certificate>& certificates, const AuditEntry& act) const;
  Result<void> check_next_ca(const x509::Certificate& ca, const std::vector<x509::Certificate>& mapped) const;
  Result<void> write_down_bare_crl() const;
  Result<void> finish_taking() const;
  Result<void> expect_none_in_force(const x509::Certificate& ca) const;
  bool is_in_use(std::string_view id) const;
  Result<void> write(const std::filesystem::path& file, const x509::Certificate& certificate) const;

  const Parts parts_;
};

}  // namespace countersign::authority
