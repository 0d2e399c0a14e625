// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "x509/cms.h"

namespace countersign::x509 {

// verify_statement_cms is verify_cms for what a service of an authority states by itself, a page of a status
// feed: its certificate need be for signatures (digitalSignature) only, where documents
// demand nonRepudiation. The caller demands a role that signs no documents. Errors as of verify_cms.
Result<VerifiedCms> verify_statement_cms(const UnverifiedCms& cms, const Certificate& signer);

}  // namespace countersign::x509
