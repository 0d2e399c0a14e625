// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "x509/der.h"
#include "x509/issue.h"
#include "x509/path.h"
#include "x509/signed_structure.h"

// A small network for tests: a root, the CA of seoul-1, and whatever is issued below it.
namespace countersign::x509 {

inline Name name(std::string_view text) {
  return Name::from_text(text).value();
}
inline crypto::PrivateKey new_key() {
  return crypto::PrivateKey::generate(crypto::KeyKind::kP256);
}

inline NameLimits limits_of(std::string_view data_centre) {
  return {name(std::string(data_centre) + ",OU=kr,O=Countersign Demo"),
          {"localhost", "example.kr"},
          {},
          {"127.0.0.0/8"}};
}

struct TestNetwork {
  TimePoint now = parse_time("2026-11-22T08:30:00Z").value();
  crypto::PrivateKey root_key = new_key();
  crypto::PrivateKey ca_key = new_key();
  Certificate root = create_network_root(name("O=Countersign Demo"), root_key, now).value();
  Certificate ca =
      create_data_centre_ca({root, root_key}, limits_of("OU=seoul-1"), ca_key.public_key(), now).value();
  TrustAnchor anchor = TrustAnchor::create(root, {ca}, now).value();

  Issuer issuer() const { return {ca, ca_key}; }

  // An order that issue_certificate accepts.
  CertificateOrder order(Role role, const crypto::PublicKey& key) const {
    const Profile& profile = profile_of(role);
    Name subject =
        name("CN=Somebody,OU=" + std::string(profile.subtree) + ",OU=seoul-1,OU=kr,O=Countersign Demo");
    CertificateOrder out{role, std::move(subject), key, {}, {}, {}, {}, {}, now, {}};
    if (profile.states_key_origin) out.key_origin = KeyOrigin::kAuthority;
    if (profile.may_name_hosts)
      out.alternative_names = {
          {"localhost"}, {"127.0.0.1"}, {"https://shop.example.kr", "https://127.0.0.1:8443"}};
    return out;
  }
  Certificate issue(Role role, const crypto::PublicKey& key) const {
    return issue_certificate(issuer(), order(role, key)).value();
  }
  Certificate issue(Role role) const { return issue(role, new_key().public_key()); }

  // forge signs with the CA's key what an honest CA never would: any subject (DER) and any extensions (DER).
  Bytes forge(BytesView subject, const crypto::PublicKey& key, BytesView extensions) const {
    using namespace der;
    const Bytes to_be_signed = sequence(
        {wrap(context_constructed(0), integer(2)), unsigned_integer(SerialNumber::random().bytes()),
         ecdsa_with_sha256(), ca.subject().der(), sequence({time(now), time(now + std::chrono::days(1))}),
         subject, key.spki(), wrap(context_constructed(3), extensions)});
    return sign_structure(to_be_signed, ca_key).value();
  }
  Certificate forge(const Name& subject, const Extensions& extensions) const {
    return Certificate::from_der(
               forge(subject.der(), new_key().public_key(), encode_extensions(extensions).value()))
        .value();
  }
};

inline ErrorCode code_of(const auto& result) {
  return result ? ErrorCode::kInternal : result.error().code;
}

}  // namespace countersign::x509
