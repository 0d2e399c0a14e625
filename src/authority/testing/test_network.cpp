// SPDX-License-Identifier: Apache-2.0
#include "authority/testing/test_network.h"

#include "sample/issuers.h"

namespace countersign::authority {

x509::Name name_of(std::string_view text) {
  return take(x509::Name::from_text(text));
}

TestNetwork::TestNetwork(TimePoint now)
    : TestNetwork(now, sample::make_root(now - std::chrono::hours(24)),
                  "OU=seoul-1,OU=kr,O=Countersign Demo") {}

TestNetwork::TestNetwork(TimePoint now, x509::Issuer above, std::string_view name)
    : data_centre(name_of(name)),
      root(std::move(above)),
      ca(sample::make_ca(root, {data_centre, {"localhost", "shop.example"}, {"localhost"}, {"127.0.0.0/8"}},
                         now - std::chrono::hours(24))),
      anchor(std::make_shared<const x509::TrustAnchor>(
          take(x509::TrustAnchor::create(root.certificate, {ca.certificate}, now)))) {}

x509::Signer TestNetwork::issue(x509::Role role, const x509::Name& subject, TimePoint now,
                                x509::AlternativeNames names) const {
  const bool is_purchaser = role == x509::Role::kPurchaser || role == x509::Role::kPurchaserAgreement;
  auto holder = sample::issue(
      ca, role, subject, now - std::chrono::hours(1),
      {.names = std::move(names),
       .registered_by = is_purchaser ? "CN=Shop,OU=merchants," + data_centre.text() : std::string()});
  return {std::move(holder.certificate), std::move(holder.key), {ca.certificate}};
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

x509::Signer TestNetwork::issue_company(std::string_view name, TimePoint now) const {
  return issue(x509::Role::kCardCompany,
               name_of("CN=" + std::string(name) + ",OU=card-companies," + data_centre.text()), now,
               {{}, {"127.0.0.1"}, {}});
}

x509::Signer TestNetwork::issue_company_agreement(std::string_view name, TimePoint now) const {
  return issue(x509::Role::kCardCompanyAgreement,
               name_of("CN=" + std::string(name) + ",OU=card-companies," + data_centre.text()), now);
}

x509::Signer TestNetwork::issue_agreement(std::string_view uid, TimePoint now) const {
  return issue(x509::Role::kPurchaserAgreement,
               name_of("UID=" + std::string(uid) + ",OU=purchasers," + data_centre.text()), now);
}

}  // namespace countersign::authority
