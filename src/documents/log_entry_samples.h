// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "base/bytes.h"
#include "x509/cms.h"
#include "x509/cms_form.h"
#include "x509/der.h"

// For tests of the log: what stands in the place of confirmations.
namespace countersign::documents {

// A message around `content` in the form in which entries commit to it, with a `rest` that no verifier
// accepts.
inline Bytes unsigned_message(std::string_view content, std::string_view rest = "unsigned") {
  return x509::der::concatenate(
      {x509::cms_form::prefix_for(x509::ContentType::kData, content.size(), rest.size()), as_bytes(content),
       as_bytes(rest)});
}

}  // namespace countersign::documents
