// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/value.hpp>

#include "base/bytes.h"

namespace countersign::evidence {

// inspect takes a file apart without believing it: a CMS SignedData of ours in DER with everything nested in
// it, or without its content, a receipt, a certificate in DER or PEM, or a JSON document. The tree has a
// `kind`
// ("signed-data", "detached-signed-data", "receipt", "certificate", "json") and says nothing about trust: see
// verify.h. kMalformed when it is none of these.
Result<boost::json::value> inspect(BytesView file);

// write_inspection_text writes the tree for a terminal, indented, long base64 values shortened to their
// length.
std::string write_inspection_text(const boost::json::value& tree);

}  // namespace countersign::evidence
