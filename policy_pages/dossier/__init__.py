"""卷宗: everything known of a page, for whoever may read its drafts. Reads only; changes nothing."""
