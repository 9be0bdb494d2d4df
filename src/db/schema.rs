//! The tables as diesel sees them. `tests/it/migrations.rs` holds this file against both databases.

use super::types::UuidSql;

macro_rules! tables {
    ($($name:ident ($($key:ident),+) { $($column:ident -> $kind:ty,)+ })+) => {
        $(diesel::table! {
            use diesel::sql_types::*;
            use super::UuidSql;
            $name ($($key),+) { $($column -> $kind,)+ }
        })+
        /// Every table with its columns, for the test that compares them with the databases.
        pub const TABLES: &[(&str, &[&str])] = &[$((stringify!($name), &[$(stringify!($column)),+])),+];
    };
}

tables! {
    forum_state (id) {
        id -> Integer,
        feed_epoch -> UuidSql,
        index_epoch -> Integer,
    }
    change_feed (seq) {
        seq -> BigInt,
        xid -> BigInt,
        subject -> Text,
        subject_id -> UuidSql,
        at -> Timestamp,
    }
    jobs (id) {
        id -> UuidSql,
        kind -> Text,
        payload -> Text,
        state -> Text,
        run_at -> Timestamp,
        attempts -> Integer,
        fence -> Integer,
        last_error -> Nullable<Text>,
        created_at -> Timestamp,
    }
    synonym_states (id) {
        id -> UuidSql,
        group_id -> UuidSql,
        line -> Text,
        note -> Text,
        removed -> Bool,
        current -> Bool,
        author_id -> Nullable<UuidSql>,
        at -> Timestamp,
    }
    search_log (hour, term, filters) {
        hour -> Timestamp,
        term -> Text,
        filters -> Text,
        times -> Integer,
        empty -> Integer,
        opened -> Integer,
    }
    mail_settings (account_id) {
        account_id -> UuidSql,
        frequency -> Text,
        weekday -> Integer,
        time_window -> Text,
        contents -> Text,
        policies -> Text,
        school_types -> Text,
        subjects -> Text,
        at_once -> Text,
        any_time -> Bool,
        paused_until -> Nullable<Date>,
        in_vacation -> Bool,
        token -> Text,
        bounces -> Integer,
        silenced -> Bool,
        updated_at -> Timestamp,
    }
    digest_issues (id) {
        id -> UuidSql,
        week -> Text,
        weekday -> Integer,
        time_window -> Text,
        opened_at -> Timestamp,
        chunks -> Integer,
        chosen_to -> Nullable<UuidSql>,
        state -> Text,
    }
    digest_items (issue_id, thread_id) {
        issue_id -> UuidSql,
        thread_id -> UuidSql,
        document -> Text,
    }
    outbox (id) {
        id -> UuidSql,
        account_id -> UuidSql,
        issue_id -> Nullable<UuidSql>,
        thread_id -> Nullable<UuidSql>,
        urgent -> Bool,
        state -> Text,
        reason -> Text,
        frozen -> Text,
        frozen_hash -> Text,
        sent_hash -> Nullable<Text>,
        run_at -> Timestamp,
        attempts -> Integer,
        fence -> Integer,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
    notices (account_id, reply_id) {
        account_id -> UuidSql,
        reply_id -> UuidSql,
        thread_id -> UuidSql,
        why -> Text,
        run_at -> Timestamp,
    }
    site_notices (account_id, reply_id, why) {
        account_id -> UuidSql,
        reply_id -> UuidSql,
        why -> Text,
        at -> Timestamp,
        seen -> Bool,
    }
    recommendations (thread_id) {
        thread_id -> UuidSql,
        trainer_id -> UuidSql,
        comment -> Text,
        at -> Timestamp,
    }
    tryouts (id) {
        id -> UuidSql,
        thread_id -> UuidSql,
        author_id -> UuidSql,
        sealed_as -> Nullable<Text>,
        school_type -> Text,
        grade -> Nullable<Text>,
        outcome -> Text,
        changed -> Nullable<Text>,
        note -> Text,
        visibility -> Text,
        created_at -> Timestamp,
    }
    tryout_notices (account_id, tryout_id) {
        account_id -> UuidSql,
        tryout_id -> UuidSql,
        at -> Timestamp,
        seen -> Bool,
    }
    vocabularies (id) {
        id -> UuidSql,
        plan -> Text,
        version -> Text,
        document -> Text,
        digest -> Text,
        current -> Bool,
        loaded_at -> Timestamp,
    }
    schools (slug) {
        slug -> Text,
        name -> Text,
        school_type -> Text,
        valid_from -> Nullable<Date>,
        valid_to -> Nullable<Date>,
    }
    accounts (id) {
        id -> UuidSql,
        email -> Text,
        name -> Text,
        school_type -> Text,
        school -> Nullable<Text>,
        role -> Text,
        position -> Nullable<Text>,
        grades -> Text,
        subjects -> Text,
        state -> Text,
        password_hash -> Nullable<Text>,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        signed_up_at -> Nullable<Timestamp>,
        tools -> Text,
        experience -> Nullable<Text>,
        shown -> Text,
        closed_at -> Nullable<Timestamp>,
    }
    invitations (id) {
        id -> UuidSql,
        account_id -> UuidSql,
        secret_hash -> Text,
        label -> Text,
        school_type -> Text,
        school -> Nullable<Text>,
        uses -> Integer,
        max_uses -> Integer,
        withdrawn -> Bool,
        created_at -> Timestamp,
        expires_at -> Timestamp,
    }
    feed_keys (account_id) {
        account_id -> UuidSql,
        token -> Text,
        created_at -> Timestamp,
    }
    sessions (id) {
        id -> UuidSql,
        account_id -> UuidSql,
        kind -> Text,
        secret_hash -> Text,
        label -> Text,
        created_at -> Timestamp,
        last_seen_at -> Timestamp,
        expires_at -> Timestamp,
    }
    mail_links (id) {
        id -> UuidSql,
        account_id -> UuidSql,
        secret_hash -> Text,
        created_at -> Timestamp,
        expires_at -> Timestamp,
    }
    idempotency_keys (account_id, key) {
        account_id -> UuidSql,
        key -> Text,
        resource_id -> UuidSql,
        created_at -> Timestamp,
    }
    threads (id) {
        id -> UuidSql,
        short_code -> Text,
        external_id -> Nullable<Text>,
        kind -> Text,
        title -> Text,
        body -> Text,
        body_html -> Text,
        renderer_version -> Integer,
        practice -> Nullable<Text>,
        school_type -> Text,
        subject -> Nullable<Text>,
        grade -> Nullable<Text>,
        author_id -> UuidSql,
        vocabulary_id -> UuidSql,
        visibility -> Text,
        accepted_reply_id -> Nullable<UuidSql>,
        reply_count -> Integer,
        revision -> Integer,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        active_at -> Timestamp,
        sealed_as -> Nullable<Text>,
        lock_reason -> Nullable<Text>,
        duplicate_of -> Nullable<UuidSql>,
        merged_into -> Nullable<UuidSql>,
        recommended -> Bool,
        outdated -> Bool,
        tries -> Integer,
        tried_types -> Integer,
        worth -> Integer,
    }
    thread_labels (thread_id, kind, key) {
        thread_id -> UuidSql,
        kind -> Text,
        key -> Text,
        value -> Text,
        place -> Integer,
    }
    replies (id) {
        id -> UuidSql,
        thread_id -> UuidSql,
        external_id -> Nullable<Text>,
        author_id -> UuidSql,
        body -> Text,
        body_html -> Text,
        renderer_version -> Integer,
        quote_of -> Nullable<UuidSql>,
        visibility -> Text,
        revision -> Integer,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        sealed_as -> Nullable<Text>,
    }
    revisions (id) {
        id -> UuidSql,
        thread_id -> UuidSql,
        reply_id -> Nullable<UuidSql>,
        number -> Integer,
        title -> Nullable<Text>,
        body -> Text,
        practice -> Nullable<Text>,
        written_at -> Timestamp,
        withheld -> Bool,
    }
    drafts (id) {
        id -> UuidSql,
        account_id -> UuidSql,
        purpose -> Text,
        target_id -> Nullable<UuidSql>,
        fields -> Text,
        device -> Text,
        revision -> Integer,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
    finished_practices (thread_id) {
        thread_id -> UuidSql,
        at -> Timestamp,
    }
    audit_log (id) {
        id -> UuidSql,
        actor_id -> UuidSql,
        action -> Text,
        thread_id -> Nullable<UuidSql>,
        reply_id -> Nullable<UuidSql>,
        person_id -> Nullable<UuidSql>,
        reason -> Text,
        at -> Timestamp,
    }
    reports (id) {
        id -> UuidSql,
        reporter_id -> UuidSql,
        thread_id -> UuidSql,
        reply_id -> Nullable<UuidSql>,
        reason -> Text,
        detail -> Text,
        created_at -> Timestamp,
    }
    report_answers (report_id) {
        report_id -> UuidSql,
        moderator_id -> UuidSql,
        at -> Timestamp,
    }
    seal_requests (id) {
        id -> UuidSql,
        thread_id -> UuidSql,
        reply_id -> Nullable<UuidSql>,
        author_id -> UuidSql,
        asker_id -> UuidSql,
        reason -> Text,
        asked_at -> Timestamp,
        state -> Text,
        second_id -> Nullable<UuidSql>,
        decided_at -> Nullable<Timestamp>,
        told -> Bool,
    }
    claims (post_id) {
        post_id -> UuidSql,
        thread_id -> UuidSql,
        reply_id -> Nullable<UuidSql>,
        moderator_id -> UuidSql,
        at -> Timestamp,
    }
    resubmissions (id) {
        id -> UuidSql,
        post_id -> UuidSql,
        thread_id -> UuidSql,
        reply_id -> Nullable<UuidSql>,
        message -> Text,
        revision -> Integer,
        created_at -> Timestamp,
        decided_at -> Nullable<Timestamp>,
        moderator_id -> Nullable<UuidSql>,
    }
    post_notices (id) {
        id -> UuidSql,
        account_id -> UuidSql,
        thread_id -> UuidSql,
        reply_id -> Nullable<UuidSql>,
        decision -> Text,
        reason -> Text,
        at -> Timestamp,
        seen -> Bool,
    }
    marks (account_id, post_id, kind) {
        account_id -> UuidSql,
        post_id -> UuidSql,
        thread_id -> UuidSql,
        kind -> Text,
        at -> Timestamp,
    }
    attachments (id) {
        id -> UuidSql,
        owner_id -> UuidSql,
        media_type -> Text,
        name -> Text,
        bytes -> Integer,
        width -> Nullable<Integer>,
        height -> Nullable<Integer>,
        alt -> Text,
        rights -> Text,
        source -> Text,
        created_at -> Timestamp,
    }
    environment_states (thread_id) {
        thread_id -> UuidSql,
        state -> Text,
        planned_on -> Nullable<Date>,
        revision -> Integer,
        at -> Timestamp,
    }
    environment_steps (id) {
        id -> UuidSql,
        thread_id -> UuidSql,
        number -> Integer,
        state -> Text,
        planned_on -> Nullable<Date>,
        note -> Text,
        author_id -> UuidSql,
        role -> Text,
        at -> Timestamp,
    }
    requests (id) {
        id -> UuidSql,
        trainer_id -> UuidSql,
        policy -> Integer,
        school_type -> Text,
        subject -> Nullable<Text>,
        item -> Nullable<Text>,
        sentence -> Text,
        until -> Date,
        created_at -> Timestamp,
        filled_by -> Nullable<UuidSql>,
        filled_at -> Nullable<Timestamp>,
        closed_at -> Nullable<Timestamp>,
        news -> Nullable<Text>,
        news_at -> Nullable<Timestamp>,
        news_seen -> Bool,
    }
    coverage_cells (axis, year, key, policy) {
        axis -> Text,
        year -> Integer,
        key -> Text,
        policy -> Integer,
        practices -> Integer,
        questions -> Integer,
        answered -> Integer,
        minutes -> Nullable<Integer>,
        bridged -> Integer,
        tries -> Integer,
    }
    coverage_state (id) {
        id -> Integer,
        feed_epoch -> UuidSql,
        xid -> BigInt,
        seq -> BigInt,
        day -> Date,
        changed_at -> Nullable<Timestamp>,
        counted_at -> Nullable<Timestamp>,
        claimed_at -> Nullable<Timestamp>,
    }
    attachment_places (attachment_id, post_id) {
        attachment_id -> UuidSql,
        post_id -> UuidSql,
        thread_id -> UuidSql,
        at -> Timestamp,
    }
    desk_items (list, thread_id) {
        list -> Text,
        thread_id -> UuidSql,
        number -> Integer,
    }
    desk_pairs (thread_id, other_id) {
        thread_id -> UuidSql,
        other_id -> UuidSql,
        likeness -> Integer,
        dismissed -> Bool,
        at -> Timestamp,
    }
    desk_state (id) {
        id -> Integer,
        refreshed_at -> Timestamp,
        seen_to -> Nullable<UuidSql>,
    }
    collections (id) {
        id -> UuidSql,
        short_code -> Text,
        owner_id -> UuidSql,
        state -> Text,
        title -> Text,
        cover -> Text,
        cover_html -> Text,
        renderer_version -> Integer,
        policy -> Integer,
        other_policy -> Nullable<Integer>,
        school_types -> Text,
        experience -> Text,
        training_form -> Nullable<Text>,
        training_on -> Nullable<Date>,
        training_place -> Nullable<Text>,
        revision -> Integer,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        published_at -> Nullable<Timestamp>,
    }
    collection_items (collection_id, thread_id) {
        collection_id -> UuidSql,
        thread_id -> UuidSql,
        place -> Integer,
        comment -> Text,
        added_at -> Timestamp,
    }
    collection_editors (collection_id, account_id) {
        collection_id -> UuidSql,
        account_id -> UuidSql,
        at -> Timestamp,
    }
    collection_revisions (collection_id, number) {
        collection_id -> UuidSql,
        number -> Integer,
        editor_id -> UuidSql,
        document -> Text,
        written_at -> Timestamp,
    }
    proposals (id) {
        id -> UuidSql,
        thread_id -> UuidSql,
        proposer_id -> UuidSql,
        reason -> Text,
        state -> Text,
        answer -> Text,
        trainer_id -> Nullable<UuidSql>,
        created_at -> Timestamp,
        decided_at -> Nullable<Timestamp>,
    }
    refusals (thread_id) {
        thread_id -> UuidSql,
        at -> Timestamp,
    }
    freshness (thread_id) {
        thread_id -> UuidSql,
        curated -> Bool,
        state -> Text,
        os_version -> Text,
        app_version -> Text,
        checked_on -> Date,
        review_on -> Date,
        reason -> Text,
        trainer_id -> Nullable<UuidSql>,
        at -> Timestamp,
    }
    self_checks (owner_key) {
        owner_key -> Text,
        year -> Integer,
        version -> Text,
        answers -> Text,
        shared -> Bool,
        term -> Nullable<Text>,
        school_type -> Nullable<Text>,
        band -> Nullable<Text>,
    }
    mirror_keys (id) {
        id -> Integer,
        check_value -> Text,
    }
    gap_reports (term) {
        term -> Text,
        document -> Text,
        published_at -> Timestamp,
    }
}

diesel::joinable!(thread_labels -> threads (thread_id));

diesel::allow_tables_to_appear_in_same_query!(
    accounts,
    attachments,
    attachment_places,
    mail_settings,
    digest_issues,
    outbox,
    recommendations,
    sessions,
    mail_links,
    idempotency_keys,
    threads,
    thread_labels,
    replies,
    revisions,
    audit_log,
    reports,
    report_answers,
    marks,
    vocabularies,
    schools,
    invitations,
    feed_keys,
    desk_pairs,
    collections,
    collection_items,
    collection_editors,
    proposals,
    freshness,
    environment_states,
    environment_steps,
);

diesel::allow_columns_to_appear_in_same_group_by_clause!(search_log::term, search_log::filters,);
diesel::joinable!(mail_settings -> accounts (account_id));
diesel::joinable!(outbox -> accounts (account_id));
diesel::joinable!(outbox -> digest_issues (issue_id));
diesel::joinable!(recommendations -> threads (thread_id));
diesel::allow_columns_to_appear_in_same_group_by_clause!(outbox::state, outbox::reason,);
diesel::joinable!(collection_items -> collections (collection_id));
diesel::joinable!(collection_items -> threads (thread_id));
diesel::joinable!(proposals -> threads (thread_id));
diesel::joinable!(freshness -> threads (thread_id));
