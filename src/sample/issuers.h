// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sample/take.h"
#include "x509/issue.h"

// The beginnings of a network in memory, with real keys: what each sample network begins with.
namespace countersign::sample {

// The root of `O=Countersign Demo`.
inline x509::Issuer make_root(TimePoint now) {
  const auto key = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  return {take(x509::create_network_root(take(x509::Name::from_text("O=Countersign Demo")), key, now)), key};
}

// The CA of the data centre that the limits name.
inline x509::Issuer make_ca(const x509::Issuer& root, const x509::NameLimits& limits, TimePoint now) {
  const auto key = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  return {take(x509::create_data_centre_ca(root, limits, key.public_key(), now)), key};
}

// What a sample certificate says beside role and subject.
struct Particulars {
  x509::AlternativeNames names = {};
  x509::KeyOrigin key_origin = x509::KeyOrigin::kHolder;  // where the role states one
  std::string registered_by = {};                         // of purchasers
};

// A certificate of that role for a key of somebody.
inline x509::Certificate certify(const x509::Issuer& ca, x509::Role role, const x509::Name& subject,
                                 const crypto::PublicKey& key, TimePoint from,
                                 const Particulars& particulars = {}) {
  x509::CertificateOrder order{.role = role,
                               .subject = subject,
                               .key = key,
                               .alternative_names = particulars.names,
                               .key_origin = {},
                               .registered_by = particulars.registered_by,
                               .ocsp_url = {},
                               .crl_url = {},
                               .not_before = from,
                               .lifetime = {}};
  if (x509::profile_of(role).states_key_origin) order.key_origin = particulars.key_origin;
  return take(x509::issue_certificate(ca, order));
}

// A certificate of that role for a new key.
inline x509::Issuer issue(const x509::Issuer& ca, x509::Role role, const x509::Name& subject, TimePoint from,
                          const Particulars& particulars = {}) {
  const auto key = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  return {certify(ca, role, subject, key.public_key(), from, particulars), key};
}

}  // namespace countersign::sample
