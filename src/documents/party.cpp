// SPDX-License-Identifier: Apache-2.0
#include "documents/party.h"

namespace countersign::documents {

PartyReference reference_to(const x509::Certificate& certificate) {
  return {certificate.subject(), certificate.fingerprint()};
}

}  // namespace countersign::documents
