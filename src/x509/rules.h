// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "x509/certificate.h"

// The network's own rules about what stands in a certificate, applied when issuing and when using. Signatures
// and validity are chain.h's.
namespace countersign::x509 {

// check_leaf_profile: the certificate is one of that role and looks exactly like its profile (kWrongRole).
Result<void> check_leaf_profile(const Certificate& leaf, Role role);
// check_leaf_names: subject and hosts lie within the limits of its CA and below the subtree of its role
// (kNameNotPermitted). X.509 itself cannot constrain https origins by IP address; this does.
Result<void> check_leaf_names(const Certificate& leaf, const NameLimits& limits, Role role);
// check_root: the self-signed certificate of a network root (kWrongRole, kSignatureInvalid).
Result<void> check_root(const Certificate& root);
// check_root_link: the certificate of one root for the key of another, apart from names and signature
// (kWrongRole).
Result<void> check_root_link(const Certificate& link);
// check_data_centre_ca: the CA of a data centre in the network of that root (kWrongRole, kNameNotPermitted).
Result<void> check_data_centre_ca(const Certificate& ca, const Certificate& root);

}  // namespace countersign::x509
