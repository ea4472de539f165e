"""Accounts: who may sign in, how that is proved, and how long it lasts.

**Signing in** (`signing_in`): a try is counted before anything is checked, then the password is
hashed, then a code of the second factor is asked for where one is set up. A refusal is a value,
`SignIn.refusal`, so that the session that counted it is kept. The sentence and the time are the same for
unknown people, wrong passwords and disabled accounts.

**A session** (`sessions`) is a row; the browser holds a random token. It ends by signing out, when the
account is disabled, when its roles or its password change, after twelve idle hours and after
twenty-four in all.

**An account** (`managing`) is made by an administrator, who hands over a one-time code with which its
owner chooses a password (`starting`); nobody knows anybody else's password. The first administrator's
code comes from `cin init`. Nobody manages their own account, an auditor has no other role, and the last
administrator stays.

Modules: `policy` (limits and lifetimes) · `secret_texts` (tokens and codes) · `passwords` · `limits` ·
`people` (look-up and events) · `proof` → `sessions`, `second_factor`, `managing` → `signing_in`,
`starting`, `tokens`, `demo`.
"""

from workflow.accounts.demo import DemoAccounts, make_demo_accounts
from workflow.accounts.managing import (
    change_details,
    change_password,
    change_roles,
    create_account,
    disable,
    enable,
    invite,
    link_reviewer,
    reset_password,
)
from workflow.accounts.people import actor_of, find_account, has_accounts, list_accounts
from workflow.accounts.policy import SIGN_IN_POLICY, Limit, SignInPolicy
from workflow.accounts.second_factor import (
    Enrolment,
    confirm,
    enrol,
    pending_enrolment,
    renew_recovery_codes,
    reset_second_factor,
    verify_code,
)
from workflow.accounts.sessions import (
    end_session,
    end_sessions,
    find_session,
    needs_touch,
    open_session,
    open_sessions,
    touch,
)
from workflow.accounts.signing_in import (
    Checked,
    Claim,
    SignIn,
    admit,
    check,
    claim,
    end_other_sessions,
    sign_in,
    sign_out,
    sign_out_everywhere,
)
from workflow.accounts.starting import begin_account, first_administrator, issue_setup_code
from workflow.accounts.tokens import (
    find_token,
    lasts,
    make_token,
    needs_note,
    note_use,
    revoke_token,
    tokens_of,
)
from workflow.models import Account, ApiToken, WebSession

__all__ = [
    "SIGN_IN_POLICY",
    "Account",
    "ApiToken",
    "Checked",
    "Claim",
    "DemoAccounts",
    "Enrolment",
    "Limit",
    "SignIn",
    "SignInPolicy",
    "WebSession",
    "actor_of",
    "admit",
    "begin_account",
    "change_details",
    "change_password",
    "change_roles",
    "check",
    "claim",
    "confirm",
    "create_account",
    "disable",
    "enable",
    "end_other_sessions",
    "end_session",
    "end_sessions",
    "enrol",
    "find_account",
    "find_session",
    "find_token",
    "first_administrator",
    "has_accounts",
    "invite",
    "issue_setup_code",
    "lasts",
    "link_reviewer",
    "list_accounts",
    "make_demo_accounts",
    "make_token",
    "needs_note",
    "needs_touch",
    "note_use",
    "open_session",
    "open_sessions",
    "pending_enrolment",
    "renew_recovery_codes",
    "reset_password",
    "reset_second_factor",
    "revoke_token",
    "sign_in",
    "sign_out",
    "sign_out_everywhere",
    "tokens_of",
    "touch",
    "verify_code",
]
