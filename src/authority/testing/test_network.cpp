// SPDX-License-Identifier: Apache-2.0
#include "authority/testing/test_network.h"

#include <stdlib.h>

#include <stdexcept>

namespace countersign::authority {

namespace {

x509::Issuer make_root(TimePoint now) {
  auto key = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  auto certificate = take(x509::create_network_root(name_of("O=Countersign Demo"), key, now));
  return {std::move(certificate), std::move(key)};
}

x509::Issuer make_ca(const x509::Issuer& root, const x509::Name& data_centre, TimePoint now) {
  auto key = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  const x509::NameLimits limits{data_centre, {"localhost", "shop.example"}, {"localhost"}, {"127.0.0.0/8"}};
  auto certificate = take(x509::create_data_centre_ca(root, limits, key.public_key(), now));
  return {std::move(certificate), std::move(key)};
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "countersign-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

x509::Name name_of(std::string_view text) {
  return take(x509::Name::from_text(text));
}

TestNetwork::TestNetwork(TimePoint now)
    : data_centre(name_of("OU=seoul-1,OU=kr,O=Countersign Demo")),
      root(make_root(now - std::chrono::hours(24))),
      ca(make_ca(root, data_centre, now - std::chrono::hours(24))),
      anchor(std::make_shared<const x509::TrustAnchor>(
          take(x509::TrustAnchor::create(root.certificate, {ca.certificate}, now)))) {}

x509::Signer TestNetwork::issue(x509::Role role, const x509::Name& subject, TimePoint now,
                                x509::AlternativeNames names) const {
  auto key = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  x509::CertificateOrder order{.role = role,
                               .subject = subject,
                               .key = key.public_key(),
                               .alternative_names = std::move(names),
                               .key_origin = {},
                               .registered_by = {},
                               .ocsp_url = {},
                               .crl_url = {},
                               .not_before = now - std::chrono::hours(1),
                               .lifetime = {}};
  const bool purchaser = role == x509::Role::kPurchaser || role == x509::Role::kPurchaserAgreement;
  if (purchaser || role == x509::Role::kMerchant) order.key_origin = x509::KeyOrigin::kHolder;
  if (purchaser) order.registered_by = "CN=Shop,OU=merchants," + data_centre.text();
  auto certificate = take(x509::issue_certificate(ca, order));
  return {std::move(certificate), std::move(key), {ca.certificate}};
}

x509::Signer TestNetwork::issue_merchant(std::string_view name, TimePoint now) const {
  return issue(x509::Role::kMerchant,
               name_of("CN=" + std::string(name) + ",OU=merchants," + data_centre.text()), now,
               {{}, {"127.0.0.1"}, {"https://127.0.0.1:8443"}});
}

x509::Signer TestNetwork::issue_purchaser(std::string_view uid, TimePoint now) const {
  return issue(x509::Role::kPurchaser,
               name_of("UID=" + std::string(uid) + ",OU=purchasers," + data_centre.text()), now);
}

x509::Signer TestNetwork::issue_agreement(std::string_view uid, TimePoint now) const {
  return issue(x509::Role::kPurchaserAgreement,
               name_of("UID=" + std::string(uid) + ",OU=purchasers," + data_centre.text()), now);
}

}  // namespace countersign::authority
