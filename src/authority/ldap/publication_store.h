// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "storage/database.h"

namespace countersign::authority {

// How far the directory server has what the directory has.
struct Publication {
  std::int64_t position = 0;            // every change up to this record of the audit log is there
  std::optional<TimePoint> reconciled;  // when all entries were last compared
  std::int64_t entries = 0;             // of certificates, found or put there then
  std::int64_t refused = 0;             // subjects whose entries the server did not take then
};

// Changes of certificates as the audit log has them: which serials, and up to where it was read.
struct Changes {
  std::vector<std::string> serials;  // hexadecimal, each once, in the order of their first change
  std::int64_t upto = 0;             // the last record that was looked at
  std::optional<TimePoint> oldest;   // when the first of these changes was made
  bool more = false;                 // whether records behind `upto` are waiting to be read
};

// PublicationStore remembers the publication beside the directory, in a table of its own. It tells that
// something has changed; what is true then is read from the directory. Works within the caller's transaction.
class PublicationStore {
 public:
  static Result<PublicationStore> open(storage::Database& database);
  // Nothing before the first save.
  Result<std::optional<Publication>> load(storage::Reader& reader) const;
  Result<void> save(storage::Transaction& transaction, const Publication& publication) const;
  // At most `window` records behind `position` are looked at; most of them concern no certificate.
  Result<Changes> changes_after(storage::Reader& reader, std::int64_t position, int window) const;
  // The number of the newest record; 0 without one.
  Result<std::int64_t> newest(storage::Reader& reader) const;

 private:
  PublicationStore() = default;
};

}  // namespace countersign::authority
