// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "authority/issuing/context.h"
#include "authority/issuing/data_centre.h"

namespace countersign::authority {

// The certificates under which a data centre itself works: OCSP, confirmation, TLS, time-stamps. Each lies in
// `<name>.pem` below the folder of certificates.
struct ServiceKind {
  std::string_view name;  // "ocsp", …
  x509::Role role;
  std::string_view common_name;
  std::string KeyPlaces::*place;
  bool may_be_missing = false;  // there are data centres of before it, and their place is empty or unused
};
std::span<const ServiceKind> service_kinds();

// The certificate that is at work for a service; nullptr where there is none.
const x509::Certificate* certificate_in_use(const AuthorityKeys& keys, const ServiceKind& kind);

// Whether this CA certificate permits the role. One of before there was that role does not, until the root
// has certified the CA once more.
bool may_certify(const x509::Certificate& ca, const ServiceKind& kind);

// issue_service_certificate has the CA certify a service's key, by the data centre's plan.
Result<x509::Certificate> issue_service_certificate(const x509::Issuer& ca, const ServiceKind& kind,
                                                    const crypto::PublicKey& key, const DataCentrePlan& plan,
                                                    TimePoint now);

// write_service_certificate puts a certificate into its file.
Result<void> write_service_certificate(const DataCentrePlan& plan, std::string_view name,
                                       const x509::Certificate& certificate);

// plan_below is the plan for what this CA key certifies: each key has a revocation list of its own.
DataCentrePlan plan_below(const AuthorityContext& context, const x509::Certificate& ca, DataCentrePlan plan);

// When a certificate that the authority works under ends; "ca" and "root" are among them, for a service ends
// with its issuer, and "ca-<id>" and "ocsp-by-<id>" of each earlier CA key.
struct ServiceExpiry {
  std::string name;
  TimePoint not_after;
};
std::vector<ServiceExpiry> service_expiries(const AuthorityKeys& keys);

// renew_service_certificates issues new certificates for the same keys in place of those that end before
// `due`, under the present CA key, and for the responder under each earlier one that is at hand; records them
// in directory and audit log, then writes their files; an interrupted run is repeated. The old ones stay
// valid: what was signed under them stays verifiable. A server that runs takes the new ones when it is
// started again. Returns the new ones.
Result<std::vector<x509::Certificate>> renew_service_certificates(const AuthorityContext& context,
                                                                  const DataCentrePlan& plan, TimePoint due,
                                                                  std::string_view actor);

// What a data centre has no certificate of because it was made before there was that service, and whether
// its CA may certify it. A service whose key has no place is not wanted and not among them.
struct MissingService {
  const ServiceKind& kind;
  bool can_be_made = false;
};
std::vector<MissingService> missing_services(const AuthorityKeys& keys, const DataCentrePlan& plan);

// make_missing_services makes or opens the keys of those that can be made, and has the present CA key certify
// them, as renew_service_certificates does. Returns the certificates.
Result<std::vector<x509::Certificate>> make_missing_services(const AuthorityContext& context,
                                                             const DataCentrePlan& plan,
                                                             const KeyShelf& shelf, std::string_view actor);

}  // namespace countersign::authority
