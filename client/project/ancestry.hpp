// How two moments of a project are related: where their histories part, and what one has that the other has not.
#pragma once

#include <functional>
#include <vector>

#include "client/net/api.hpp"

namespace talkback::project {

// The newest moment that both histories hold: where the branches part, or what one of them merged from the other last.
// The base of a three-way merge.
Result<v1::Moment> common_ancestor(net::Api& api, const std::string& project, const v1::BranchList& branches,
                                   const v1::Moment& a, const v1::Moment& b);

// Where the branches part, whatever they merged later: the last revision that both run through.
Result<v1::Moment> parting_of(const v1::BranchList& branches, const v1::Moment& a, const v1::Moment& b);

// Every edit with a revision in (after, until] of the branch, in order, read as needed.
Result<void> for_each_edit(net::Api& api, const net::BranchName& branch, std::uint64_t after, std::uint64_t until,
                           const std::function<Result<void>(const v1::CommittedEdit&)>& visit);

}  // namespace talkback::project
