// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <vector>

#include "authority/issuing/authority_keys.h"
#include "x509/issue.h"

namespace countersign::authority {

// What a new data centre is to be.
struct DataCentrePlan {
  x509::NameLimits limits;           // subtree: the data centre's own name
  x509::AlternativeNames tls_names;  // hosts of its service
  std::string ocsp_url;              // for the certificates of its services; may be empty
  std::string crl_url;
  KeyPlaces keys;
  std::filesystem::path certificates;  // folder
};

// create_data_centre makes or opens the keys at their places, has the root certify the CA with its name
// constraints, makes the keys of public log and witness where they have a place, issues the OCSP,
// confirmation, TLS and, where its key has a place, time-stamp certificates below the CA and writes all of
// them, `root.pem` first and `ca.pem` last: an interrupted run is repeated. kConflict when there is a CA
// already. Returns the service certificates, which the caller adds to the directory.
Result<std::vector<x509::Certificate>> create_data_centre(const x509::Issuer& root,
                                                          const DataCentrePlan& plan,
                                                          const LoadTokenKey& load_token_key, TimePoint now);

// Certificates are valid from a little before their issue, for clocks that are behind.
inline constexpr Seconds kBackdating{300};

}  // namespace countersign::authority
