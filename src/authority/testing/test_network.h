// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "sample/manual_clock.h"
#include "sample/take.h"
#include "sample/temporary_folder.h"
#include "storage/database.h"
#include "x509/cms.h"
#include "x509/issue.h"

namespace countersign::authority {

// A network `O=Countersign Demo` with the data centre `OU=seoul-1,OU=kr,O=Countersign Demo`, which may name
// 127.0.0.0/8, localhost and shop.example. Everything is real but the clock. Failures end the test program.
struct TestNetwork {
  explicit TestNetwork(TimePoint now);
  // Another data centre below a root that several have.
  TestNetwork(TimePoint now, x509::Issuer root, std::string_view data_centre);

  x509::Name data_centre;
  x509::Issuer root;
  x509::Issuer ca;
  std::shared_ptr<const x509::TrustAnchor> anchor;

  // Issues below the data centre, valid from an hour before `now`; the signer's chain is the CA.
  x509::Signer issue(x509::Role role, const x509::Name& subject, TimePoint now,
                     x509::AlternativeNames names = {}) const;
  x509::Signer issue_merchant(std::string_view name, TimePoint now) const;  // origin https://127.0.0.1:8443
  x509::Signer issue_purchaser(std::string_view uid, TimePoint now) const;
  x509::Signer issue_agreement(std::string_view uid, TimePoint now) const;  // the purchaser's second key
  x509::Signer issue_company(std::string_view name, TimePoint now) const;   // a card company, at 127.0.0.1
  x509::Signer issue_company_agreement(std::string_view name, TimePoint now) const;  // its second key
};

// A name from its RFC 4514 text.
x509::Name name_of(std::string_view text);

}  // namespace countersign::authority
