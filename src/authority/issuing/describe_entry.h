// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/object.hpp>

#include "authority/directory/directory.h"

namespace countersign::authority {

// describe_entry is the form in which operators see a directory entry, over HTTP and on the command line.
boost::json::object describe_entry(const DirectoryEntry& entry);

}  // namespace countersign::authority
