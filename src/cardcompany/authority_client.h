// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "network/anchor_source.h"

namespace countersign::cardcompany {

// fetch_network_map asks the authority of the own data centre, known by AnchorSource::expect_own_authority,
// for the signed network map; not verified yet. kNotFound where the authority has none, else errors of
// http::Client.
Result<Bytes> fetch_network_map(const std::string& service_url, const network::AnchorSource& trust);

}  // namespace countersign::cardcompany
