// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "x509/certificate.h"

namespace countersign::x509 {

// Issuer signs certificates, CRLs and OCSP responses.
struct Issuer {
  Certificate certificate;
  crypto::PrivateKey key;
};

// Creates the self-signed certificate of a network root: `O=<network>`, path length 1, no name constraints,
// 20 years.
Result<Certificate> create_network_root(const Name& network, const crypto::PrivateKey& key, TimePoint now);

// Creates a data centre's CA `CN=Certification Authority 1,<subtree>` below the root: path length 0, critical
// name constraints, the policies it may issue, ten years or as long as the root. kNameNotPermitted for a
// subtree outside the network.
Result<Certificate> create_data_centre_ca(const Issuer& root, const NameLimits& limits,
                                          const crypto::PublicKey& key, TimePoint now);

// Creates the certificate of a key that signs network maps, `CN=Network Map,<network>`: the one leaf that the
// root certifies itself. Two years, or as long as the root.
Result<Certificate> create_map_signer(const Issuer& root, const crypto::PublicKey& key, TimePoint now);

// Creates the old root's certificate for the key of the root that follows it, under the same name (the
// "new with old" of RFC 4210 §4.4): see verify_next_root. kNameNotPermitted where the next root has another
// name, kConflict where it has the same key.
Result<Certificate> certify_next_root(const Issuer& root, const Certificate& next, TimePoint now);

// CertificateOrder is one certificate to be issued; what is not here follows from the role's profile.
struct CertificateOrder {
  Role role;
  Name subject;
  crypto::PublicKey key;
  AlternativeNames alternative_names;
  std::optional<KeyOrigin> key_origin;  // purchasers and merchants
  std::string registered_by;            // purchasers: subject of the registering merchant
  std::string ocsp_url;                 // authority information access, or empty
  std::string crl_url;                  // CRL distribution point, or empty
  TimePoint not_before;
  std::optional<std::chrono::seconds>
      lifetime;  // shorter than the profile's; never beyond the issuer's own end
};

// issue_certificate refuses what the profile or the issuer's constraints do not allow (kNameNotPermitted,
// kWrongRole, kMalformed): it reads its own work back and puts it through all the checks of verify_path, with
// the issuer in the root's place, before it returns it.
Result<Certificate> issue_certificate(const Issuer& issuer, const CertificateOrder& order);

// create_self_signed makes a certificate that nobody vouches for, valid for 90 days: for the TLS listener of
// a party that waits for its own, or for a key that is handed over where both sides are known already.
// verify_path accepts it in no role.
enum class SelfSignedUse { kSignature, kKeyAgreement };
Result<Certificate> create_self_signed(const Name& name, const crypto::PrivateKey& key, TimePoint now,
                                       SelfSignedUse use = SelfSignedUse::kSignature);

}  // namespace countersign::x509
